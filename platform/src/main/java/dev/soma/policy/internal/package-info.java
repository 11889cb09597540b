/// Rule packs, the compiler, the evaluator, decisions in the log, the relay to `policy.decisions`.
@NullMarked
package dev.soma.policy.internal;

import org.jspecify.annotations.NullMarked;
