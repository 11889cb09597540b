package dev.soma.policy.internal;

import dev.soma.runtime.Settings;
import java.util.List;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param inputDays how long the sealed input of a decision is kept, 1 to 3650 days
/// @param nonEnforcingKeys keys of a constitution, such as `rules.motto`, that the operator
/// declares
/// to be no rules
@Settings("soma.policy")
record PolicySettings(
        @DefaultValue("30") int inputDays, @DefaultValue List<String> nonEnforcingKeys) {
    PolicySettings {
        if (inputDays < 1 || inputDays > 3_650) {
            throw new IllegalArgumentException("'soma.policy.input-days' must be 1 to 3650");
        }
        nonEnforcingKeys = List.copyOf(nonEnforcingKeys);
    }
}
