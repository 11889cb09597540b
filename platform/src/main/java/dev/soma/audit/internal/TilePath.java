package dev.soma.audit.internal;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The number of a tile as C2SP tlog-tiles writes it: groups of three digits, all but the last led
/// by `x`, and a
/// width for a tile that is not full.
record TilePath(long number, int width) {
    private static final Pattern FORM =
            Pattern.compile("/((?:x\\d{3}/){0,4}\\d{3})(?:\\.p/(\\d{1,3}))?");

    static Optional<TilePath> parse(String path) {
        Matcher matcher = FORM.matcher(path);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long number = Long.parseLong(matcher.group(1).replace("x", "").replace("/", ""));
        int width = matcher.group(2) == null ? 256 : Integer.parseInt(matcher.group(2));
        return width >= 1 && width <= 256
                ? Optional.of(new TilePath(number, width))
                : Optional.empty();
    }
}
