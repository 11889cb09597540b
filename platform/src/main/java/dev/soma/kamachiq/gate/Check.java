package dev.soma.kamachiq.gate;

import java.util.List;

/// A run of a program from the outside, and what it has to say.
///
/// @param criterion what of the specification it shows
public record Check(
        String criterion, List<String> arguments, String output, String errors, int exit) {
    public Check {
        arguments = List.copyOf(arguments);
    }
}
