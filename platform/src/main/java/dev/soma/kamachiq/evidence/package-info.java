/// What a project proves: keys under which effects happen once, and a chain of all that happened.
@NullMarked
package dev.soma.kamachiq.evidence;

import org.jspecify.annotations.NullMarked;
