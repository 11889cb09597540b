/// The one public door: HTTP on event loops, front dialects rendered from the same turns,
/// everything else handed to
/// the control plane. A driver only; nothing depends on it.
@ApplicationModule(
        allowedDependencies = {
            "kernel",
            "kernel::json",
            "runtime",
            "identity",
            "policy",
            "metering",
            "provider",
            "conversation"
        })
@NullMarked
package dev.soma.gateway;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
