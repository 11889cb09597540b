package dev.soma.runtime;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/// Matches when the process has one of the roles that [RunsIn] names.
class OnRole implements Condition {
    @Override
    public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
        Map<String, @Nullable Object> attributes =
                metadata.getAnnotationAttributes(RunsIn.class.getName());
        if (attributes == null || !(attributes.get("value") instanceof Role[] wanted)) {
            return false;
        }
        Set<Role> mine = Role.parse(context.getEnvironment().getProperty("soma.roles", "all"));
        return Arrays.stream(wanted).anyMatch(mine::contains);
    }
}
