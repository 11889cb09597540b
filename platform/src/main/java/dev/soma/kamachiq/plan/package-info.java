/// Plans: graphs of tasks, what is wrong with them, in which order they run, and what came of them.
/// Pure and deterministic, so that workflow code may use it.
@NullMarked
package dev.soma.kamachiq.plan;

import org.jspecify.annotations.NullMarked;
