package dev.soma.cli;

import dev.soma.devkit.Fetches;
import dev.soma.devkit.Home;
import dev.soma.devkit.Part;
import dev.soma.devkit.PortInUse;
import dev.soma.devkit.Ports;
import dev.soma.devkit.Processes;
import dev.soma.devkit.Progress;
import dev.soma.devkit.SourceTree;
import dev.soma.devkit.Tools;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// Brings the system up in the background, or a half dead one back, and returns when it is ready.
public final class Up {
    private static final Duration READY_WITHIN = Duration.ofMinutes(6);
    private static final Duration LEFTOVERS_WITHIN = Duration.ofSeconds(20);
    private static final long LOOK_EVERY_MILLIS = 150;

    private final Home home;
    private final Progress progress;
    private final Set<String> told = new HashSet<>();
    private final Instant start = Instant.now();

    private Up(Home home, Progress progress) {
        this.home = home;
        this.progress = progress;
    }

    /// Every part.
    public static Set<Part> usualParts() {
        return EnumSet.allOf(Part.class);
    }

    /// What was found: true when the system had to be started or healed, false when it ran already.
    public static boolean run(Home home, Progress progress, Set<Part> parts) throws Exception {
        Up up = new Up(home, progress);
        boolean acted = up.bring(parts);
        if (!parts.contains(Part.PLATFORM)) {
            return acted;
        }
        for (Provisioner provisioner : ServiceLoader.load(Provisioner.class)) {
            provisioner.provision(home, progress);
        }
        Control.ask(home, "refresh");
        return acted;
    }

    private boolean bring(Set<Part> parts) throws IOException {
        Optional<JsonNode> running = Control.ask(home, "status");
        if (running.isEmpty()) {
            clearLeftovers();
            startSupervisor(parts);
            return true;
        }
        JsonNode state = running.get();
        for (Part part : parts) {
            if (state.path("parts")
                    .valueStream()
                    .noneMatch(one -> part.id().equals(one.path("part").asString()))) {
                throw new CommandException(
                        "the running system was started without "
                                + part.id()
                                + "; run ./soma down first");
            }
        }
        return join(state);
    }

    private boolean join(JsonNode state) throws IOException {
        switch (state.path("phase").asString()) {
            case "ready" -> {
                List<String> sick =
                        state.path("parts")
                                .valueStream()
                                .filter(
                                        part ->
                                                Set.of("failed", "stopped")
                                                        .contains(part.path("state").asString()))
                                .map(part -> part.path("part").asString())
                                .toList();
                if (sick.isEmpty()) {
                    progress.say(
                            "already running: supervisor pid " + state.path("supervisor").asLong());
                    state.path("parts").forEach(part -> told.add(part.path("part").asString()));
                    awaitReady(Optional.empty());
                    return false;
                }
                progress.say(
                        "running, but failed: " + String.join(", ", sick) + "; starting again");
                Control.ask(home, "heal");
            }
            case "failed" -> {
                progress.say(
                        "running, but not ready: "
                                + firstLine(state.path("problem").asString())
                                + "; healing");
                Control.ask(home, "heal");
            }
            case "starting" ->
                    progress.say("another ./soma up is starting the system; waiting with it");
            default ->
                    throw new CommandException(
                            "the system is being stopped; run ./soma up when it is down");
        }
        awaitReady(Optional.empty());
        progress.say("healed");
        return true;
    }

    /// After a supervisor that was killed: its guards end the engines within seconds.
    private void clearLeftovers() throws IOException {
        List<Long> left = Leftovers.of(home);
        if (left.isEmpty() && !Files.exists(home.connectionFile())) {
            return;
        }
        progress.say(
                "the supervisor of the last run is gone; clearing what it left"
                        + (left.isEmpty() ? "" : ", processes " + left));
        Instant deadline = Instant.now().plus(LEFTOVERS_WITHIN);
        while (!left.isEmpty() && Instant.now().isBefore(deadline)) {
            Waiting.millis(LOOK_EVERY_MILLIS);
            left = Leftovers.of(home);
        }
        for (long pid : left) {
            progress.say(
                    "ending what was left by force: pid "
                            + pid
                            + " ("
                            + Processes.command(pid)
                            + ")");
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
        Files.deleteIfExists(home.connectionFile());
    }

    private void startSupervisor(Set<Part> parts) throws IOException {
        SourceTree tree = SourceTree.find();
        if (parts.contains(Part.PLATFORM)) {
            int port = GatewayPort.fromEnvironment();
            if (!Ports.isFree(port)) {
                throw new CommandException(PortInUse.explain(port));
            }
            tree.platformJar();
        }
        if (parts.contains(Part.WITNESS)
                && System.getenv().getOrDefault("SOMA_WITNESS_URL", "").isBlank()) {
            tree.witnessJar();
        }
        if (parts.contains(Part.SLM)
                && System.getenv().getOrDefault("SOMA_SLM_URL", "").isBlank()) {
            tree.slmJar();
            Fetches.model(progress);
        }
        if (parts.contains(Part.TEMPORAL)) {
            Fetches.temporal(progress);
        }
        progress.say(
                "starting "
                        + parts.stream().map(Part::id).collect(Collectors.joining(", "))
                        + "; data in "
                        + home.path());
        Process supervisor = spawn(tree, parts);
        awaitReady(Optional.of(supervisor));
    }

    private Process spawn(SourceTree tree, Set<Part> parts) throws IOException {
        Path log = home.logs().resolve("supervisor.log");
        List<String> command = new ArrayList<>();
        Tools.onPath("setsid").ifPresent(program -> command.add(program.toString()));
        command.addAll(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx160m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dsoma.root=" + tree.root(),
                        "-cp",
                        classPath(),
                        SupervisorMain.class.getName()));
        parts.forEach(part -> command.add(part.id()));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(home.path().toFile())
                        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().put("SOMA_HOME", home.path().toString());
        return builder.start();
    }

    /// The supervisor works in another folder.
    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private void awaitReady(Optional<Process> supervisor) {
        Instant deadline = Instant.now().plus(READY_WITHIN);
        while (Instant.now().isBefore(deadline)) {
            Optional<JsonNode> state = Control.ask(home, "status");
            if (state.isPresent()) {
                tellParts(state.get());
                String phase = state.get().path("phase").asString();
                if (phase.equals("ready") && allReady(state.get())) {
                    return;
                }
                if (phase.equals("failed")) {
                    throw new CommandException(
                            "not ready: "
                                    + state.get().path("problem").asString()
                                    + "\n./soma logs PART shows more, ./soma up tries again, ./soma down stops the rest");
                }
            } else if (supervisor.isPresent()
                    && !supervisor.get().isAlive()
                    && supervisor.get().exitValue() != SupervisorMain.ANOTHER_RUNS) {
                throw new CommandException(
                        "the supervisor ended with status "
                                + supervisor.get().exitValue()
                                + "; read "
                                + home.logs().resolve("supervisor.log"));
            }
            Waiting.millis(LOOK_EVERY_MILLIS);
        }
        throw new CommandException(
                "the system was not ready within "
                        + READY_WITHIN.toMinutes()
                        + " minutes; ./soma status says which part is missing");
    }

    private static boolean allReady(JsonNode state) {
        return state.path("parts")
                .valueStream()
                .allMatch(part -> part.path("state").asString().equals("ready"));
    }

    private void tellParts(JsonNode state) {
        for (JsonNode part : state.path("parts")) {
            String name = part.path("part").asString();
            String condition = part.path("state").asString();
            if (condition.equals("ready") && told.add(name)) {
                double seconds =
                        Duration.between(start, Instant.now()).toMillis()
                                / (double) TimeUnit.SECONDS.toMillis(1);
                progress.say(
                        String.format(
                                Locale.ROOT,
                                "  %-9s ready after %5.1f s  port %d",
                                name,
                                seconds,
                                part.path("port").asInt()));
            }
            if (condition.equals("restarting") && told.add(name + part.path("restarts").asInt())) {
                progress.say(
                        "  "
                                + name
                                + " is being restarted: "
                                + firstLine(part.path("reason").asString()));
            }
        }
    }

    static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }

    static boolean anythingLeft(Home home) {
        return Files.exists(home.connectionFile()) || !Leftovers.of(home).isEmpty();
    }
}
