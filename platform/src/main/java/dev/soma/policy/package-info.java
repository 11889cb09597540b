/// Decides. Rules compiled from the constitution and from the tenant's rule pack judge every turn
/// and every privileged
/// act, the same input always in the same way; nothing is allowed that no permit names; nothing
/// acts before the
/// decision is durable.
@ApplicationModule(
        allowedDependencies = {
            "kernel",
            "kernel::json",
            "runtime",
            "events",
            "tenancy",
            "identity",
            "audit",
            "constitution"
        })
@NullMarked
package dev.soma.policy;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
