package dev.soma.kamachiq.requirement;

import java.util.Optional;
import java.util.regex.Pattern;

/// What programs are called.
final class Names {
    /// Where a text says what a program is called; its first group is the name.
    static final Pattern CALLED =
            Pattern.compile(
                    "\\b(?:named|called|program name(?: is)?|name it|name of the program(?: is)?)\\s+[`\"']?"
                            + "([\\p{L}0-9_.-]*[\\p{L}0-9_])[`\"']?");

    private static final Pattern FITS = Pattern.compile("[a-z][a-z0-9_]{1,30}");

    private Names() {}

    /// The name of a program, however its file is written.
    static String of(String written) {
        return written.replaceAll("\\.py$", "");
    }

    /// Why a program cannot be called so; empty when it can.
    static Optional<String> objection(String name) {
        if (!FITS.matcher(name).matches()) {
            return Optional.of("a name is a small letter, then 1 to 30 of a-z 0-9 _");
        }
        return Words.TAKEN.contains(name)
                ? Optional.of("a program of this name would hide a module of Python")
                : Optional.empty();
    }
}
