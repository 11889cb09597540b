/// Turns: one way for every dialect from a request to an answer, judged, paid, recorded and told,
/// with the acts of
/// many turns in one transaction and none lost when a node dies.
@ApplicationModule(
        allowedDependencies = {
            "kernel",
            "kernel::json",
            "runtime",
            "events",
            "tenancy",
            "identity",
            "audit",
            "constitution",
            "policy",
            "moderation",
            "metering",
            "provider"
        })
@NullMarked
package dev.soma.conversation;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
