package dev.soma.cli;

import org.jspecify.annotations.Nullable;

/// The thing asked for was not done. The message is for the person who asked.
public final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CommandException(String message) {
        this(message, null);
    }

    public CommandException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
