/// Users, keys and tokens in PostgreSQL and in memory; routes of the control plane.
@NullMarked
package dev.soma.identity.internal;

import org.jspecify.annotations.NullMarked;
