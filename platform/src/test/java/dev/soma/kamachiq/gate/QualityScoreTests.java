package dev.soma.kamachiq.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QualityScoreTests {
    @ParameterizedTest
    @CsvSource({
        "9000, 10000, 8000, 7000, false, 8950, true",
        "10000, 10000, 5000, 1666, false, 7999, false",
        "10000, 10000, 5000, 1667, false, 8000, false",
        "10000, 10000, 5000, 1674, false, 8001, true",
        "10000, 9999, 10000, 10000, true, 7900, false",
        "0, 0, 0, 0, false, 0, false",
        "10000, 10000, 10000, 10000, false, 10000, true",
        "1000, 1000, 1000, 1000, true, 1000, false"
    })
    void marksAreWeighedAsTheDesignSaysAndTheThresholdHasToBePassed(
            int completeness,
            int correctness,
            int style,
            int documentation,
            boolean faulty,
            int expected,
            boolean approved) {
        int score =
                new QualityScore(completeness, correctness, style, documentation)
                        .basisPoints(faulty);
        assertThat(score).isEqualTo(expected);
        assertThat(QualityScore.isApproved(score, QualityScore.THRESHOLD)).isEqualTo(approved);
    }

    @Test
    void marksOutOfRangeAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new QualityScore(10_001, 0, 0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new QualityScore(0, 0, -1, 0));
    }
}
