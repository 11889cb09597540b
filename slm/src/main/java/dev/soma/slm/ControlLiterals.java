package dev.soma.slm;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// The spellings that a tokenizer reads as control tokens, and how text from outside is kept from
/// using them: a zero-width space goes behind the first character of each occurrence.
final class ControlLiterals {
    private static final char BREAK = '\u200b';

    private final Set<String> literals;
    private final Set<Integer> lengths;
    private final Set<Integer> firstChars;

    ControlLiterals(Collection<String> literals) {
        this.literals = Set.copyOf(literals);
        this.lengths = new TreeSet<>(literals.stream().map(String::length).toList());
        this.firstChars =
                literals.stream()
                        .map(literal -> (int) literal.charAt(0))
                        .collect(Collectors.toSet());
    }

    String broken(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            out.append(text.charAt(i));
            if (firstChars.contains((int) text.charAt(i)) && startsLiteral(text, i)) {
                out.append(BREAK);
            }
        }
        return out.toString();
    }

    private boolean startsLiteral(String text, int at) {
        for (int length : lengths) {
            if (at + length <= text.length()
                    && literals.contains(text.substring(at, at + length))) {
                return true;
            }
        }
        return false;
    }
}
