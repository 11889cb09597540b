/// The committer, the runner of turns, and the recovery of what a dead node left.
@NullMarked
package dev.soma.conversation.internal;

import org.jspecify.annotations.NullMarked;
