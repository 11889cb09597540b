package dev.soma.devkit;

import java.time.Instant;

/// What the supervisor knows of one part. `pid` is 0 while it does not run and for an attached
/// server; `reason` is empty while nothing is wrong.
public record PartStatus(
        Part part,
        PartState state,
        long pid,
        int port,
        int restarts,
        Instant since,
        String reason) {}
