package dev.soma.cli;

import dev.soma.devkit.Home;
import dev.soma.devkit.Progress;

/// What a running platform needs before it is of use: a tenant, keys, a constitution. Found by
/// `ServiceLoader` and called by `up` each time the platform has become ready, so it does only what
/// is still missing.
public interface Provisioner {
    void provision(Home home, Progress progress) throws Exception;

    /// Called by `down` while the platform still answers: takes back what this run was given.
    void retire(Home home) throws Exception;
}
