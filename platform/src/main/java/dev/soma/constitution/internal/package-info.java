/// Sources, activation, the lease, and the routes that read.
@NullMarked
package dev.soma.constitution.internal;

import org.jspecify.annotations.NullMarked;
