package dev.soma.cli;

import dev.soma.devkit.Home;
import dev.soma.devkit.Processes;
import dev.soma.devkit.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// Stops the system and proves that nothing of it is left.
public final class Down {
    private static final Duration STOP_WITHIN = Duration.ofMinutes(2);
    private static final long LOOK_EVERY_MILLIS = 100;

    private Down() {}

    public static void run(Home home, Progress progress) throws IOException {
        retire(home, progress);
        Optional<JsonNode> state = Control.ask(home, "stop");
        boolean ran = state.isPresent() || !Leftovers.of(home).isEmpty();
        if (state.isPresent()) {
            long supervisor = state.get().path("supervisor").asLong();
            progress.say("stopping (supervisor pid " + supervisor + ")");
            awaitEnd(() -> !Processes.alive(supervisor));
        }
        awaitEnd(() -> Leftovers.of(home).isEmpty());
        List<Long> left = Leftovers.of(home);
        for (long pid : left) {
            progress.say("ending by force: pid " + pid + " (" + Processes.command(pid) + ")");
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
        awaitEnd(() -> Leftovers.of(home).isEmpty());
        if (!Leftovers.of(home).isEmpty()) {
            throw new CommandException("these processes would not end: " + Leftovers.of(home));
        }
        deleteRunFiles(home);
        progress.say(
                ran
                        ? "stopped; nothing is left running, data stays in " + home.path()
                        : "nothing was running");
    }

    /// A platform that does not answer any more keeps what it gave; stopping goes on all the same.
    private static void retire(Home home, Progress progress) {
        for (Provisioner provisioner : ServiceLoader.load(Provisioner.class)) {
            try {
                provisioner.retire(home);
            } catch (Exception e) {
                progress.say(
                        "this run's administrator key could not be revoked: " + e.getMessage());
            }
        }
    }

    private static void awaitEnd(java.util.function.BooleanSupplier over) {
        Instant deadline = Instant.now().plus(STOP_WITHIN);
        while (!over.getAsBoolean() && Instant.now().isBefore(deadline)) {
            Waiting.millis(LOOK_EVERY_MILLIS);
        }
    }

    private static void deleteRunFiles(Home home) throws IOException {
        try (Stream<Path> files = Files.list(home.run())) {
            for (Path file : files.toList()) {
                if (Files.isRegularFile(file) || file.endsWith("control.sock")) {
                    Files.deleteIfExists(file);
                }
            }
        }
    }
}
