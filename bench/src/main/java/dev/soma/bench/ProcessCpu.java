package dev.soma.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// CPU time of a process as Linux counts it: user and system time of all its threads, in clock
/// ticks.
final class ProcessCpu {
    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;

    private final Path stat;
    private final long microsPerTick;

    private ProcessCpu(long pid, long microsPerTick) {
        this.stat = Path.of("/proc", Long.toString(pid), "stat");
        this.microsPerTick = microsPerTick;
    }

    static ProcessCpu of(long pid) {
        return new ProcessCpu(pid, 1_000_000 / ticksPerSecond());
    }

    /// The time so far, or null when the process is gone.
    @Nullable Long micros() {
        try {
            String text = Files.readString(stat, StandardCharsets.ISO_8859_1);
            // The name of the process, in parentheses, may hold blanks and parentheses.
            List<String> fields = List.of(text.substring(text.lastIndexOf(')') + 2).split(" "));
            long ticks =
                    Long.parseLong(fields.get(USER_TIME)) + Long.parseLong(fields.get(SYSTEM_TIME));
            return ticks * microsPerTick;
        } catch (IOException e) {
            return null;
        }
    }

    private static long ticksPerSecond() {
        try {
            Process getconf =
                    new ProcessBuilder("getconf", "CLK_TCK").redirectErrorStream(true).start();
            String text =
                    new String(getconf.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                            .strip();
            if (!getconf.waitFor(5, TimeUnit.SECONDS) || getconf.exitValue() != 0) {
                throw new IllegalStateException("getconf CLK_TCK failed: " + text);
            }
            return Long.parseLong(text);
        } catch (IOException e) {
            throw new IllegalStateException(
                    "getconf, which tells the clock tick, cannot be run; install libc-bin", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while reading the clock tick", e);
        }
    }
}
