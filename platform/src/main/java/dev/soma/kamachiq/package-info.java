/// KAMACHIQ: whole projects, carried out by many agents under a hard budget, with evidence.
@ApplicationModule(
        allowedDependencies = {
            "kernel",
            "kernel::json",
            "runtime",
            "identity",
            "events",
            "audit",
            "policy",
            "metering",
            "conversation"
        })
@NullMarked
package dev.soma.kamachiq;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
