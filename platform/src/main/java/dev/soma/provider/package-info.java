/// Model providers: which there are, what they cost, and how to call them so that every failure is
/// announced and
/// nothing a provider sends is trusted.
@ApplicationModule(
        allowedDependencies = {
            "kernel",
            "kernel::json",
            "runtime",
            "events",
            "tenancy",
            "policy",
            "metering"
        })
@NullMarked
package dev.soma.provider;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
