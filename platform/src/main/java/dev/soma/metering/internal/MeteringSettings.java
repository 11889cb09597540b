package dev.soma.metering.internal;

import dev.soma.runtime.Settings;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param firstBudgetTokens what a new tenant may spend a day until an operator sets its budget
@Settings("soma.metering")
record MeteringSettings(@DefaultValue("1000000") long firstBudgetTokens) {}
