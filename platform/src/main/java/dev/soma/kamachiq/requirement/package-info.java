/// What a specification asks for, read word by word: each word is part of a requirement, or names
/// nothing, or is a gap that a person is told of. Nothing is guessed and nothing passed over.
@NullMarked
package dev.soma.kamachiq.requirement;

import org.jspecify.annotations.NullMarked;
