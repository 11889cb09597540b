package dev.soma.devkit;

import java.io.PrintStream;

/// Where a long step tells a person how far it is.
@FunctionalInterface
public interface Progress {
    void say(String line);

    static Progress to(PrintStream stream) {
        return line -> {
            stream.println(line);
            stream.flush();
        };
    }

    static Progress silent() {
        return line -> {};
    }
}
