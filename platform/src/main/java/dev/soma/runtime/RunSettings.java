package dev.soma.runtime;

import java.nio.file.Path;

/// @param directory where the process says how to reach it, and where the first administrator's
/// secret lies
@Settings("soma.run")
public record RunSettings(Path directory) {
    public RunSettings {
        if (directory == null) {
            throw new IllegalArgumentException("'soma.run.directory' must name a folder");
        }
    }
}
