/// What the capsule library can make, whatever family it is of.
@NullMarked
package dev.soma.kamachiq.library;

import org.jspecify.annotations.NullMarked;
