package dev.soma.devkit;

import org.jspecify.annotations.Nullable;

/// A part could not be prepared, started or reached. The message says what was attempted and what
/// the reader can do.
public final class EngineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean retryable;

    private EngineException(String message, @Nullable Throwable cause, boolean retryable) {
        super(message, cause);
        this.retryable = retryable;
    }

    /// Trying again without a change would fail again.
    public static EngineException lasting(String message, @Nullable Throwable cause) {
        return new EngineException(message, cause, false);
    }

    /// Another attempt may succeed.
    public static EngineException passing(String message, @Nullable Throwable cause) {
        return new EngineException(message, cause, true);
    }

    public boolean retryable() {
        return retryable;
    }
}
