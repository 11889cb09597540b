/// Outbox, relay, inbox, topics and the change clock on PostgreSQL and Kafka.
@NullMarked
package dev.soma.events.internal;

import org.jspecify.annotations.NullMarked;
