package dev.soma.acceptance;

import dev.soma.devkit.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// What a Java process keeps in memory, after a full collection.
final class ProcessMemory {
    private static final int BYTES_PER_KIB = 1024;

    private ProcessMemory() {}

    /// Resident bytes, the least of three looks, each after a full collection of its own.
    static long resident(long pid) throws IOException {
        long least = Long.MAX_VALUE;
        for (int look = 0; look < 3; look++) {
            String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
            Tools.Answer collected =
                    Tools.run(
                            Duration.ofSeconds(30),
                            Map.of(),
                            List.of(jcmd, Long.toString(pid), "GC.run"));
            if (collected.status() != 0) {
                throw new IOException("jcmd GC.run: " + collected.output());
            }
            least = Math.min(least, now(pid));
        }
        return least;
    }

    private static long now(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return BYTES_PER_KIB * Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("/proc/" + pid + "/status has no VmRSS");
    }
}
