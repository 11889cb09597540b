/// The log on disk: segments, hashes, notes, the one writer thread.
@NullMarked
package dev.soma.audit.internal;

import org.jspecify.annotations.NullMarked;
