package dev.soma.devkit;

import java.io.IOException;
import java.nio.file.Path;

/// A supervisor in a JVM of its own, for the test that kills it.
final class StackHolder {
    private StackHolder() {}

    /// Starts the engines in the folder given, says their pids on one line, and stays until its
    /// input ends.
    public static void main(String[] arguments) throws IOException {
        StackOptions options =
                StackOptions.in(new Home(Path.of(arguments[0])))
                        .without(Part.PLATFORM)
                        .without(Part.SLM)
                        .without(Part.WITNESS)
                        .with(Part.TEMPORAL);
        try (Stack stack = new Stack(options, Progress.silent())) {
            stack.start();
            StringBuilder line = new StringBuilder("ready");
            stack.status().forEach(status -> line.append(' ').append(status.pid()));
            System.out.println(line);
            while (System.in.read() >= 0) {
                Thread.onSpinWait();
            }
        }
    }
}
