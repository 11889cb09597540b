package dev.soma.policy;

/// Work under way that a kill switch has to reach. Implemented by the modules that run work.
public interface RunningWork {
    /// Stops all work that [KillSwitches] blocks by now. Called after each change of what is
    /// stopped, on the thread that follows changes; must not block, and must not throw for one
    /// piece of work that ended meanwhile.
    void stopWhatIsKilled();
}
