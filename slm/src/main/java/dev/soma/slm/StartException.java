package dev.soma.slm;

/// Why the server cannot start, in one sentence for the person who started it.
final class StartException extends Exception {
    StartException(String message, Throwable cause) {
        super(message, cause);
    }

    StartException(String message) {
        super(message);
    }
}
