/// Python programs as syntax trees: they are built in Java from typed parts and printed, so that no
/// text of a specification ever becomes code.
@NullMarked
package dev.soma.kamachiq.python;

import org.jspecify.annotations.NullMarked;
