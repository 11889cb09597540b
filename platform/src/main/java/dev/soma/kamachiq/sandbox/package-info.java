/// Where commands of agents run: a process of bubblewrap with a user of its own, no network, a
/// filter on system calls and bounds on everything it can use. There is no way around it and no
/// flag that loosens it: what cannot be confined is not run.
@NullMarked
package dev.soma.kamachiq.sandbox;

import org.jspecify.annotations.NullMarked;
