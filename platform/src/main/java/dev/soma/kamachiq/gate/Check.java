package dev.soma.kamachiq.gate;

import java.util.List;

/// A run of a program from the outside, and what it has to say.
///
/// @param criterion what of the specification it shows
/// @param arguments of the program, or of what drives it
/// @param driver Python source of what runs the program and asks it, its path being the first
/// argument; empty where the program is run by itself
/// @param input what is given on standard input
public record Check(
        String criterion,
        List<String> arguments,
        String driver,
        String input,
        String output,
        String errors,
        int exit) {
    public Check {
        arguments = List.copyOf(arguments);
    }

    /// A run of the program itself.
    public Check(String criterion, List<String> arguments, String output, String errors, int exit) {
        this(criterion, arguments, "", "", output, errors, exit);
    }

    /// What is asked, in words.
    public String asked() {
        return driver.isEmpty() ? arguments.toString() : input;
    }
}
