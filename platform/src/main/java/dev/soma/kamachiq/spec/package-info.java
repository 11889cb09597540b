/// Specifications of projects: what somebody hands in, and what is wrong with it, line by line.
@NullMarked
package dev.soma.kamachiq.spec;

import org.jspecify.annotations.NullMarked;
