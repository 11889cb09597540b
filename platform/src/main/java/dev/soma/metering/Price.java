package dev.soma.metering;

/// Price of a model in pico-USD (10^-12 USD) a token, so that every published price per million is
/// a whole number.
///
/// @param inputPico 0 or more
/// @param outputPico 0 or more
public record Price(long inputPico, long outputPico) {
    private static final long PICO_PER_MICRO = 1_000_000;

    public static final Price FREE = new Price(0, 0);

    public Price {
        if (inputPico < 0 || outputPico < 0) {
            throw new IllegalArgumentException("a price is not negative");
        }
    }

    /// What a turn costs in micro-USD, rounded up once for the whole turn.
    ///
    /// @throws ArithmeticException beyond 9.2 million USD
    public long microUsd(long inputTokens, long outputTokens) {
        long pico =
                Math.addExact(
                        Math.multiplyExact(inputPico, inputTokens),
                        Math.multiplyExact(outputPico, outputTokens));
        return Math.ceilDiv(pico, PICO_PER_MICRO);
    }
}
