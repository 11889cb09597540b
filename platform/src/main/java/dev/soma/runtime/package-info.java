/// How the process starts and stops: roles, settings that refuse unknown keys, engines that are
/// reachable, the order
/// of shutdown.
@ApplicationModule(allowedDependencies = {"kernel", "kernel::json"})
@NullMarked
package dev.soma.runtime;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
