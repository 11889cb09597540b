/// Proves the verifier on logs that a second writer makes from docs/design/audit-log.md alone.
@NullMarked
package dev.soma.verifier;

import org.jspecify.annotations.NullMarked;
