/// Text as rules see it: one normal form, and a search for many phrases at once that tells where
/// they stood.
@NamedInterface("text")
@NullMarked
package dev.soma.policy.text;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.NamedInterface;
