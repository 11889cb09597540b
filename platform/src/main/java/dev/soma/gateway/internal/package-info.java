/// Server, routes, dialects, the hand-over to the control plane.
@NullMarked
package dev.soma.gateway.internal;

import org.jspecify.annotations.NullMarked;
