/// Real engines, started, killed and asked again by their ordinary clients.
@NullMarked
package dev.soma.devkit;

import org.jspecify.annotations.NullMarked;
