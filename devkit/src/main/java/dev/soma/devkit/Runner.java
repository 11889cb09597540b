package dev.soma.devkit;

/// One part under supervision, whether it is our process or a server somewhere else.
sealed interface Runner permits Supervised, Attached {
    Part part();

    PartStatus status();

    /// Starts the part, or gives a failed one a new start; says whether it did anything.
    boolean ensureRunning();

    /// Waits until the part is ready or has failed.
    PartStatus awaitSettled() throws InterruptedException;

    void stop();
}
