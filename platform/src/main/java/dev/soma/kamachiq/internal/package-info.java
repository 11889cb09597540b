/// Drivers of the module: Temporal's client and workers, and the HTTP routes.
@NullMarked
package dev.soma.kamachiq.internal;

import org.jspecify.annotations.NullMarked;
