/// Strict JSON with exact numbers and the canonical forms that signatures and hashes are made over.
@NamedInterface("json")
@NullMarked
package dev.soma.kernel.json;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
