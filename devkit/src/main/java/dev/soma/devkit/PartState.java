package dev.soma.devkit;

import java.util.Locale;

/// Where a part is in its life.
public enum PartState {
    STARTING,
    READY,
    RESTARTING,
    FAILED,
    STOPPED;

    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
