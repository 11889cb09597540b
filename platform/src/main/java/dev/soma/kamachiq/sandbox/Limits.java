package dev.soma.kamachiq.sandbox;

import java.time.Duration;

/// What one command may use.
///
/// @param wallTime from start to end, sleeping included
/// @param cpuSeconds of processor time for each process
/// @param memoryBytes of address space for each process
/// @param fileBytes of each file it writes
/// @param tmpBytes of `/tmp` as a whole, which is memory
/// @param processes at once, threads included
/// @param openFiles of each process
/// @param outputBytes of standard output and of standard error that are kept; the rest is counted
/// and hashed
/// @param workspaceBytes of all files together, looked at after the command
/// @param workspaceFiles entries in the workspace, looked at after the command
public record Limits(
        Duration wallTime,
        int cpuSeconds,
        long memoryBytes,
        long fileBytes,
        long tmpBytes,
        int processes,
        int openFiles,
        int outputBytes,
        long workspaceBytes,
        int workspaceFiles) {
    private static final long MIB = 1 << 20;

    /// What a build or a test run of a small program needs.
    public static final Limits DEFAULT =
            new Limits(
                    Duration.ofMinutes(1),
                    60,
                    1_024 * MIB,
                    64 * MIB,
                    64 * MIB,
                    32,
                    256,
                    (int) MIB,
                    100 * MIB,
                    10_000);

    public Limits {
        if (wallTime.isNegative()
                || wallTime.isZero()
                || wallTime.compareTo(Duration.ofMinutes(10)) > 0) {
            throw new IllegalArgumentException("a command runs for at most ten minutes");
        }
        require(cpuSeconds, "cpuSeconds");
        require(memoryBytes, "memoryBytes");
        require(fileBytes, "fileBytes");
        require(tmpBytes, "tmpBytes");
        require(processes, "processes");
        require(openFiles, "openFiles");
        require(outputBytes, "outputBytes");
        require(workspaceBytes, "workspaceBytes");
        require(workspaceFiles, "workspaceFiles");
    }

    private static void require(long value, String name) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be positive");
        }
    }

    /// The same but for the time.
    public Limits within(Duration time) {
        return new Limits(
                time,
                cpuSeconds,
                memoryBytes,
                fileBytes,
                tmpBytes,
                processes,
                openFiles,
                outputBytes,
                workspaceBytes,
                workspaceFiles);
    }
}
