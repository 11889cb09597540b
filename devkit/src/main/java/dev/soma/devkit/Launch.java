package dev.soma.devkit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// How a prepared part is run: `prefix` changes the user, `command` is the part itself.
record Launch(
        List<String> prefix,
        List<String> command,
        Map<String, String> environment,
        Path folder,
        String stopSignal,
        Duration stopWithin) {
    Launch {
        prefix = List.copyOf(prefix);
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    static Launch of(List<String> command, Path folder) {
        return new Launch(List.of(), command, Map.of(), folder, "TERM", Duration.ofSeconds(10));
    }

    Launch stoppedBy(String signal, Duration within) {
        return new Launch(prefix, command, environment, folder, signal, within);
    }
}
