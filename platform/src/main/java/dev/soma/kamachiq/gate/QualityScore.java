package dev.soma.kamachiq.gate;

/// What an artifact is worth: four marks, each 0 to 10,000 basis points.
///
/// @param completeness criteria with a check that passes, of all
/// @param correctness checks that pass, by weight
/// @param style what rules over the syntax tree find
/// @param documentation what is explained
public record QualityScore(int completeness, int correctness, int style, int documentation) {
    /// What is approved has to be above this, unless a plan says otherwise.
    public static final int THRESHOLD = 8_000;

    /// The most that work gets whose build, tests or constitution fail, however good the rest is.
    public static final int FAULTY = 7_900;

    private static final int WHOLE = 10_000;

    public QualityScore {
        for (int mark : new int[] {completeness, correctness, style, documentation}) {
            if (mark < 0 || mark > WHOLE) {
                throw new IllegalArgumentException("a mark is from 0 to 10000, not " + mark);
            }
        }
    }

    /// The weighted mark, rounded down: completeness 0.30, correctness 0.40, style 0.15,
    /// documentation 0.15 (Sprint 5, quality gates).
    ///
    /// @param faulty whether a build or a test fails, or the constitution is broken
    public int basisPoints(boolean faulty) {
        int weighted =
                (3_000 * completeness + 4_000 * correctness + 1_500 * style + 1_500 * documentation)
                        / WHOLE;
        return faulty ? Math.min(weighted, FAULTY) : weighted;
    }

    /// Whether work of this worth is approved: strictly above the threshold.
    public static boolean isApproved(int basisPoints, int threshold) {
        return basisPoints > threshold;
    }
}
