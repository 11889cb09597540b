/// The signed constitution: where it comes from, how its bytes, signatures, keys and epochs are
/// checked, which one is
/// in force, and for how long that may be believed.
@ApplicationModule(
        allowedDependencies = {
            "kernel",
            "kernel::json",
            "runtime",
            "events",
            "tenancy",
            "identity",
            "audit"
        })
@NullMarked
package dev.soma.constitution;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
