/// Money and tokens: what a turn may cost, the ledger that no turn can overspend, what it did cost.
/// Exact integers;
/// only this module locks accounts.
@ApplicationModule(
        allowedDependencies = {"kernel", "kernel::json", "runtime", "events", "tenancy", "policy"})
@NullMarked
package dev.soma.metering;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
