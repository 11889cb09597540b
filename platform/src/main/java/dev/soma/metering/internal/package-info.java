/// Budgets and the ledger in PostgreSQL.
@NullMarked
package dev.soma.metering.internal;

import org.jspecify.annotations.NullMarked;
