/// Tests of the second implementation by itself.
@NullMarked
package dev.soma.replay;

import org.jspecify.annotations.NullMarked;
