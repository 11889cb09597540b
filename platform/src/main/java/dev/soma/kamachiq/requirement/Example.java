package dev.soma.kamachiq.requirement;

import java.util.List;

/// A run of the program that the specification shows.
///
/// @param arguments after the program's name
/// @param output what it prints, without the end of the line
public record Example(List<String> arguments, String output, Span span) {
    public Example {
        arguments = List.copyOf(arguments);
    }
}
