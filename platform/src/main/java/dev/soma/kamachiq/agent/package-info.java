/// Agents that a model moves: what they are told, the tools they have, and when they turn in
/// circles.
@NullMarked
package dev.soma.kamachiq.agent;

import org.jspecify.annotations.NullMarked;
