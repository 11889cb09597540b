/// The witness against logs that grow, lie and shout, and against `kill -9`.
@NullMarked
package dev.soma.witness;

import org.jspecify.annotations.NullMarked;
