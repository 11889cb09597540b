/// Organisations and their tenants. A tenant that is not known here is refused everywhere.
@ApplicationModule(allowedDependencies = {"kernel", "kernel::json", "runtime", "events"})
@NullMarked
package dev.soma.tenancy;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
