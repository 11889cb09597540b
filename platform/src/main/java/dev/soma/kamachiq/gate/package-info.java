/// The quality gate: what finished work is worth, in whole basis points.
@NullMarked
package dev.soma.kamachiq.gate;

import org.jspecify.annotations.NullMarked;
