package dev.soma.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// CPU time of a process as Linux counts it: user and system time of all its threads, in clock
/// ticks.
final class ProcessCpu {
    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;

    private final Path process;
    private final long microsPerTick;

    private ProcessCpu(long pid, long microsPerTick) {
        this.process = Path.of("/proc", Long.toString(pid));
        this.microsPerTick = microsPerTick;
    }

    static ProcessCpu of(long pid) {
        return new ProcessCpu(pid, 1_000_000 / ticksPerSecond());
    }

    /// The time so far, or null when the process is gone.
    @Nullable CpuTime spent() {
        try (Stream<Path> threads = Files.list(process.resolve("task"))) {
            long jit = 0;
            for (Path thread : threads.toList()) {
                String text = read(thread.resolve("stat"));
                if (text.contains("(C1 CompilerThre") || text.contains("(C2 CompilerThre")) {
                    jit += micros(text);
                }
            }
            return new CpuTime(micros(read(process.resolve("stat"))), jit);
        } catch (IOException e) {
            return null;
        }
    }

    @Nullable Long micros() {
        CpuTime spent = spent();
        return spent == null ? null : spent.micros();
    }

    /// A thread may end meanwhile; it has then used nothing that matters.
    private static String read(Path stat) throws IOException {
        try {
            return Files.readString(stat, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    private long micros(String text) throws IOException {
        if (text.isEmpty()) {
            throw new IOException("the process is gone");
        }
        // The name, in parentheses, may hold blanks and parentheses.
        List<String> fields = List.of(text.substring(text.lastIndexOf(')') + 2).split(" "));
        return (Long.parseLong(fields.get(USER_TIME)) + Long.parseLong(fields.get(SYSTEM_TIME)))
                * microsPerTick;
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
