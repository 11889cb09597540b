/// The node's evidence: an append-only Merkle log of every decision and privileged act, synced
/// before anything acts
/// on it, with signed checkpoints and proofs. Format: `docs/design/audit-log.md`.
@ApplicationModule(allowedDependencies = {"kernel", "kernel::json", "runtime"})
@NullMarked
package dev.soma.audit;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
