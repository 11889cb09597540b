/// How facts leave a transaction and how nodes learn of changes: CloudEvents in an outbox, the
/// relay to Kafka, the
/// inbox that removes duplicates, and the change clock that keeps in-memory state current.
@ApplicationModule(allowedDependencies = {"kernel", "kernel::json", "runtime"})
@NullMarked
package dev.soma.events;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
