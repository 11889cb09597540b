/// The commands as a person runs them: in a process of their own, on real engines.
@NullMarked
package dev.soma.cli;

import org.jspecify.annotations.NullMarked;
