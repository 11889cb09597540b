/// Black-box proofs: the packed jar on real engines, driven through the doors that users have.
///
/// Nothing here sees a class of the platform. What the tests believe they read from HTTP answers,
/// from Kafka with a plain consumer, from PostgreSQL, from Redis, and from the audit log's files.
@NullMarked
package dev.soma.acceptance;

import org.jspecify.annotations.NullMarked;
