package dev.soma.policy.internal;

import dev.soma.runtime.Settings;
import java.util.List;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param inputDays how long the sealed input of a decision is kept, 1 to 3650 days
/// @param nonEnforcingKeys keys of a constitution, such as `rules.motto`, that the operator
/// declares
/// to be no rules
/// @param approvalSeconds how long a request waits for a person, and how long an approval may then
/// be used, 1 to 86400
@Settings("soma.policy")
record PolicySettings(
        @DefaultValue("30") int inputDays,
        @DefaultValue List<String> nonEnforcingKeys,
        @DefaultValue("900") int approvalSeconds) {
    PolicySettings {
        if (inputDays < 1 || inputDays > 3_650) {
            throw new IllegalArgumentException("'soma.policy.input-days' must be 1 to 3650");
        }
        if (approvalSeconds < 1 || approvalSeconds > 86_400) {
            throw new IllegalArgumentException("'soma.policy.approval-seconds' must be 1 to 86400");
        }
        nonEnforcingKeys = List.copyOf(nonEnforcingKeys);
    }
}
