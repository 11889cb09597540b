package dev.soma.devkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One engine as a child process under its guard: started, awaited, killed, stopped, started again
/// on the same port and data.
public final class EngineProcess implements AutoCloseable {
    private static final int PROBE_EVERY_MILLIS = 50;
    private static final Duration PID_WITHIN = Duration.ofSeconds(10);
    private static final Duration GONE_WITHIN = Duration.ofSeconds(15);
    private static final Duration AFTER_KILL = Duration.ofSeconds(10);

    private final Engine engine;
    private final Path runFolder;
    private final LogFile log;
    private final Progress progress;
    private volatile @Nullable Process guard;
    private volatile @Nullable Launch launch;
    private volatile long pid;
    private volatile String pidCommand = "";

    public EngineProcess(Engine engine, Path runFolder, Path logFolder, Progress progress) {
        this.engine = engine;
        this.runFolder = runFolder;
        this.log = new LogFile(logFolder.resolve(engine.name() + ".log"));
        this.progress = progress;
    }

    public Engine engine() {
        return engine;
    }

    /// The engine's own pid, 0 while it does not run.
    public long pid() {
        return alive() ? pid : 0;
    }

    public boolean alive() {
        Process process = guard;
        return process != null && process.isAlive();
    }

    public LogFile log() {
        return log;
    }

    /// Starts the engine and returns when it is ready.
    public synchronized void start() {
        if (alive()) {
            return;
        }
        endStray();
        try {
            Launch prepared = engine.launch(progress);
            launch = prepared;
            log.rotate();
            guard = spawn(prepared);
        } catch (IOException failure) {
            throw EngineException.passing(
                    "could not start "
                            + engine.name()
                            + ": "
                            + failure.getMessage()
                            + "; ./soma doctor says what is missing",
                    failure);
        }
        awaitPid();
        awaitReady();
        pidCommand = Processes.command(pid);
    }

    /// An engine whose guard was killed may outlive it.
    private void endStray() {
        if (pid != 0 && Processes.alive(pid) && Processes.command(pid).equals(pidCommand)) {
            Processes.forceEnd(pid);
        }
    }

    private Process spawn(Launch prepared) throws IOException {
        Path script = runFolder.resolve("guard.sh");
        Home.createPrivate(runFolder);
        installGuard(script);
        Files.deleteIfExists(pidFile());
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "sh",
                                script.toString(),
                                pidFile().toString(),
                                prepared.stopSignal()));
        command.addAll(prepared.prefix());
        command.addAll(Tools.deathSignal(prepared.stopSignal()));
        command.addAll(prepared.command());
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(prepared.folder().toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.path().toFile()));
        builder.environment().putAll(prepared.environment());
        return builder.start();
    }

    private static void installGuard(Path script) throws IOException {
        try (InputStream source = EngineProcess.class.getResourceAsStream("guard.sh")) {
            if (source == null) {
                throw new IllegalStateException("devkit's jar holds no guard.sh");
            }
            Path part = Files.createTempFile(Cache.parent(script), "guard", ".part");
            Files.write(part, source.readAllBytes());
            Files.move(
                    part,
                    script,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private Path pidFile() {
        return runFolder.resolve(engine.name() + ".pid");
    }

    private void awaitPid() {
        Instant deadline = Instant.now().plus(PID_WITHIN);
        while (Instant.now().isBefore(deadline)) {
            try {
                if (Files.exists(pidFile())) {
                    pid =
                            Long.parseLong(
                                    Files.readString(pidFile(), StandardCharsets.UTF_8).strip());
                    return;
                }
            } catch (IOException | NumberFormatException notYet) {
                pid = 0;
            }
            if (exitedWithin(PROBE_EVERY_MILLIS)) {
                break;
            }
        }
        throw notReady("its guard wrote no pid file");
    }

    private void awaitReady() {
        Instant deadline = Instant.now().plus(engine.readyWithin());
        Optional<String> lacking = Optional.of("not asked yet");
        while (Instant.now().isBefore(deadline)) {
            if (exitedWithin(PROBE_EVERY_MILLIS)) {
                throw notReady("it ended while starting");
            }
            lacking = engine.unreadyBecause();
            if (lacking.isEmpty() && alive()) {
                return;
            }
        }
        throw notReady(
                "it was not ready within "
                        + engine.readyWithin().toSeconds()
                        + " s: "
                        + lacking.orElse("ended"));
    }

    private EngineException notReady(String why) {
        String status =
                guard != null && !guard.isAlive() ? " (exit status " + guard.exitValue() + ")" : "";
        String tail = log.tail();
        stop();
        return EngineException.passing(
                "started "
                        + engine.name()
                        + " at "
                        + engine.address()
                        + ", but "
                        + why
                        + status
                        + "; its log "
                        + log.path()
                        + " ends with:\n"
                        + tail,
                null);
    }

    /// Waits for the end of the engine; true when it has ended.
    boolean exitedWithin(long millis) {
        Process process = guard;
        try {
            return process == null || process.waitFor(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw EngineException.passing(
                    "interrupted while waiting for " + engine.name(), interrupted);
        }
    }

    /// How the last run ended.
    String ending() {
        Process process = guard;
        if (process == null || process.isAlive()) {
            return "has not ended";
        }
        int status = process.exitValue();
        return status > 128
                ? "was ended by signal " + (status - 128)
                : "ended with status " + status;
    }

    /// `kill -9` of the engine itself; returns when it is gone.
    public synchronized void kill() {
        long victim = pid();
        if (victim == 0) {
            return;
        }
        Processes.forceEnd(victim);
        if (!exitedWithin(GONE_WITHIN.toMillis())) {
            throw EngineException.passing(
                    "sent SIGKILL to " + engine.name() + ", pid " + victim + ", but it stays",
                    null);
        }
    }

    /// Ends the engine in its own graceful way, by force after the time it is given.
    public synchronized void stop() {
        Process process = guard;
        Launch run = launch;
        if (process == null || run == null) {
            return;
        }
        try (OutputStream pipe = process.getOutputStream()) {
            pipe.write(
                    ("stop " + run.stopWithin().toSeconds() + "\n")
                            .getBytes(StandardCharsets.UTF_8));
            pipe.flush();
        } catch (IOException alreadyEnded) {
            guard = process;
        }
        if (!exitedWithin(run.stopWithin().plus(AFTER_KILL).toMillis())) {
            Processes.forceEnd(pid);
            process.destroyForcibly();
        }
    }

    @Override
    public void close() {
        stop();
    }
}
