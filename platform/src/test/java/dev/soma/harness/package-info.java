/// Starts the platform in this JVM on real engines, for the integration tests.
@NullMarked
package dev.soma.harness;

import org.jspecify.annotations.NullMarked;
