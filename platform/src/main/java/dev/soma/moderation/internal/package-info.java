/// The taxonomy and the search for it.
@NullMarked
package dev.soma.moderation.internal;

import org.jspecify.annotations.NullMarked;
