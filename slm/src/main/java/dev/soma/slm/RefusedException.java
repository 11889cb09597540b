package dev.soma.slm;

/// Carries a [Refusal] out of the parsers; it is caught once, where the request entered.
final class RefusedException extends RuntimeException {
    private final transient Refusal refusal;

    RefusedException(Refusal refusal) {
        super(refusal.message(), null, false, false);
        this.refusal = refusal;
    }

    Refusal refusal() {
        return refusal;
    }
}
