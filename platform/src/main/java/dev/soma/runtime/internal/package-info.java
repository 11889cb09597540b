/// Start-up checks and the connections to PostgreSQL and Redis.
@NullMarked
package dev.soma.runtime.internal;

import org.jspecify.annotations.NullMarked;
