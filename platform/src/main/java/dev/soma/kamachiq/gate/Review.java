package dev.soma.kamachiq.gate;

import java.util.List;

/// What a review found.
///
/// @param basisPoints the score
/// @param faulty whether a check or a test failed
/// @param checks how many there were
/// @param passed how many of them passed
/// @param evidence SHA-256, in hexadecimal, of everything that was seen
public record Review(
        QualityScore score,
        int basisPoints,
        boolean faulty,
        int checks,
        int passed,
        List<Defect> defects,
        String evidence) {
    public Review {
        defects = List.copyOf(defects);
    }
}
