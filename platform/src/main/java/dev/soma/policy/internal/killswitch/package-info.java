/// Kill switches: the table, the snapshot in memory, the life of one switch, the routes. PostgreSQL
/// decides and the change clock carries it; Redis is never asked.
@NullMarked
package dev.soma.policy.internal.killswitch;

import org.jspecify.annotations.NullMarked;
