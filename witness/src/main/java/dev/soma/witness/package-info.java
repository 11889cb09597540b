/// The independent witness of audit logs (C2SP tlog-witness): it remembers the newest checkpoint of
/// each log it knows, cosigns a newer one only when that provably appends to it, and so makes a
/// rewritten or a split history visible to everybody who trusts its key. It runs on a machine and
/// under a key that the logs' operators do not hold.
@NullMarked
package dev.soma.witness;

import org.jspecify.annotations.NullMarked;
