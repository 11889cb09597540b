package dev.soma.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The machine that figures come from.
record Machine(
        String cpu,
        int cores,
        List<Double> loadAverage,
        String kernel,
        String jdk,
        long memoryMebibytes) {
    static Machine read() {
        String memory =
                field(Path.of("/proc/meminfo"), "MemTotal", "0 kB").replaceAll("[^0-9]", "");
        return new Machine(
                field(Path.of("/proc/cpuinfo"), "model name", System.getProperty("os.arch")),
                Runtime.getRuntime().availableProcessors(),
                loadAverageNow(),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                System.getProperty("java.vm.name")
                        + " "
                        + System.getProperty("java.runtime.version"),
                Long.parseLong(memory) / 1024);
    }

    /// Over 1, 5 and 15 minutes; empty where the system does not tell.
    static List<Double> loadAverageNow() {
        try {
            String text = Files.readString(Path.of("/proc/loadavg"));
            return Stream.of(text.split(" ")).limit(3).map(Double::valueOf).toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /// Whether other work than the bench keeps more than a quarter of the cores.
    boolean loaded() {
        return !loadAverage.isEmpty() && loadAverage.getFirst() > cores / 4.0;
    }

    private static String field(Path file, String name, String otherwise) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(otherwise);
        } catch (IOException e) {
            return otherwise;
        }
    }
}
