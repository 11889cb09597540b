package dev.soma.witness;

/// The witness cannot vouch for what it once said, so it may never sign again under this key.
final class Retired extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Retired(String reason) {
        super(reason);
    }
}
