/// Who may act: users with passwords, capabilities, API keys and signed tokens, each key and token
/// owned by a user;
/// the first administrator; revocation that holds at once on this node and within the change lease
/// everywhere.
@ApplicationModule(allowedDependencies = {"kernel", "kernel::json", "runtime", "events", "tenancy"})
@NullMarked
package dev.soma.identity;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
