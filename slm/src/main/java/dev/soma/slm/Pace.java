package dev.soma.slm;

/// The measured speed of the model, from which waiting times are computed.
final class Pace {
    private static final double WEIGHT = 0.3;

    private double promptTokensPerSecond;
    private double answerTokensPerSecond;
    private long busyUntilNanos = Long.MIN_VALUE;

    /// Starts from the speed of the answer that proved the server ready.
    Pace(double promptTokensPerSecond, double answerTokensPerSecond) {
        this.promptTokensPerSecond = promptTokensPerSecond;
        this.answerTokensPerSecond = answerTokensPerSecond;
    }

    /// An answer begins that may take this many tokens.
    synchronized void begun(int promptTokens, int maxTokens, long nowNanos) {
        double seconds = promptTokens / promptTokensPerSecond + maxTokens / answerTokensPerSecond;
        busyUntilNanos = nowNanos + (long) (seconds * 1e9);
    }

    synchronized void ended(int answerTokens, long answerNanos) {
        if (answerTokens >= 8 && answerNanos > 0) {
            double measured = answerTokens * 1e9 / answerNanos;
            answerTokensPerSecond += WEIGHT * (measured - answerTokensPerSecond);
        }
        busyUntilNanos = Long.MIN_VALUE;
    }

    synchronized void prompted(int promptTokens, long nanos) {
        if (promptTokens >= 64 && nanos > 0) {
            double measured = promptTokens * 1e9 / nanos;
            // Reuse of an evaluated prefix only shows as a higher speed; never wait longer for it.
            promptTokensPerSecond += WEIGHT * (measured - promptTokensPerSecond);
        }
    }

    /// Seconds until the running answer must have ended and a place is free, at least one.
    synchronized long secondsUntilFree(long nowNanos) {
        if (busyUntilNanos == Long.MIN_VALUE) {
            return 1;
        }
        return Math.max(1, (long) Math.ceil((busyUntilNanos - nowNanos) / 1e9));
    }
}
