package dev.soma.runtime;

/// Phases of `SmartLifecycle`: started in rising order, stopped in falling order.
public final class StopOrder {
    /// Evidence: the last to stop, so that everything above can still record.
    public static final int AUDIT = 100;

    /// Followers of shared state and pollers.
    public static final int FOLLOWERS = 200;

    /// Senders to Kafka, which get one last round after the work above has ended.
    public static final int RELAY = 300;

    /// The committer of turns and the recovery of orphans.
    public static final int CONVERSATION = 400;

    /// The public door: not ready first, then drained.
    public static final int GATEWAY = 500;

    private StopOrder() {}
}
