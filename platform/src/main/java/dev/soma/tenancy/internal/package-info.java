/// Tenants in PostgreSQL and in memory.
@NullMarked
package dev.soma.tenancy.internal;

import org.jspecify.annotations.NullMarked;
