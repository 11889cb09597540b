package dev.soma.slm;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// Finds the known name that a mistyped one most likely means.
final class NearMiss {
    private NearMiss() {}

    static Optional<String> of(String wrong, Collection<String> known) {
        int tolerated = Math.max(2, wrong.length() / 3);
        return known.stream()
                .filter(name -> distance(wrong, name) <= tolerated)
                .min(Comparator.comparingInt(name -> distance(wrong, name)));
    }

    /// Levenshtein's edit distance.
    static int distance(String left, String right) {
        int[] above = new int[right.length() + 1];
        for (int j = 0; j <= right.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            int[] row = new int[right.length() + 1];
            row[0] = i;
            for (int j = 1; j <= right.length(); j++) {
                int change = left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1;
                row[j] = Math.min(Math.min(row[j - 1], above[j]) + 1, above[j - 1] + change);
            }
            above = row;
        }
        return above[right.length()];
    }
}
