/// Vocabulary that every module shares: typed ids, who acts ([dev.soma.kernel.ActorContext]), money
/// in exact
/// integers, problem kinds, permits for writes, and JSON that keeps its numbers exact. Depends on
/// nothing.
@ApplicationModule(
        type = ApplicationModule.Type.CLOSED,
        allowedDependencies = {})
@NullMarked
package dev.soma.kernel;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
