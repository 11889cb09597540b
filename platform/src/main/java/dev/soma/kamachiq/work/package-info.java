/// Projects on Temporal: the workflows that carry them out and the activities that do the work.
/// Workflow code is replayed: no clock, no chance, no I/O, and payloads of digests alone, since
/// everything that is large is in the content store.
@NullMarked
package dev.soma.kamachiq.work;

import org.jspecify.annotations.NullMarked;
