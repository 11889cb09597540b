package dev.soma.devkit;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/// One part of the running system: how it is prepared, and how one learns that it is ready.
public interface Engine {
    String name();

    int port();

    /// Where clients reach it, without credentials.
    String address();

    /// Prepares data and settings; called before each start.
    Launch launch(Progress progress) throws IOException;

    /// Asks the engine itself. Empty when it is ready, else what it lacks.
    Optional<String> unreadyBecause();

    Duration readyWithin();
}
