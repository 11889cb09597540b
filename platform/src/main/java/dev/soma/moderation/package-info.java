/// Looks at what goes to a model before anything else does: the refusals that the constitution
/// names, on text in its
/// normal form, in every message of every role.
@ApplicationModule(
        allowedDependencies = {
            "kernel",
            "kernel::json",
            "runtime",
            "constitution",
            "policy",
            "policy::text"
        })
@NullMarked
package dev.soma.moderation;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
