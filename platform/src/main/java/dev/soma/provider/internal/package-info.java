/// Registry and client.
@NullMarked
package dev.soma.provider.internal;

import org.jspecify.annotations.NullMarked;
