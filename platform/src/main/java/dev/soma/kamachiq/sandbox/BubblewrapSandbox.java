package dev.soma.kamachiq.sandbox;

import dev.soma.kamachiq.sandbox.Sandbox.End.Exited;
import dev.soma.kamachiq.sandbox.Sandbox.End.Killed;
import dev.soma.kamachiq.sandbox.Sandbox.End.TimedOut;
import dev.soma.kamachiq.sandbox.Sandbox.Result.Ran;
import dev.soma.kamachiq.sandbox.Sandbox.Result.Unavailable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// [Sandbox] by bubblewrap (0.8 and later) with `setpriv` and `prlimit` of util-linux.
public final class BubblewrapSandbox implements Sandbox {
    private static final Pattern EXIT = Pattern.compile("\"exit-code\"\\s*:\\s*(\\d+)");
    private static final Duration STREAMS_CLOSE_WITHIN = Duration.ofSeconds(10);
    private static final int SHOWN_OF_AN_ERROR = 400;
    private static final int KILLED_BY_KERNEL = 137;
    private static final int ROOT = 0;

    private final Path bubblewrap;
    private final Path state;
    private final SandboxUsers users;
    private final Set<Defence> walls;
    private final Set<String> allowedCalls;

    /// @param state folder of the sandbox's own files and of what was taken out of workspaces; only
    /// the platform may write there
    public BubblewrapSandbox(Path bubblewrap, Path state, int firstUser, int users)
            throws IOException {
        this(
                bubblewrap,
                state,
                SandboxUsers.of(firstUser, users),
                EnumSet.allOf(Defence.class),
                Set.of());
    }

    /// With walls left out, for the tests of this package.
    BubblewrapSandbox(
            Path bubblewrap,
            Path state,
            SandboxUsers users,
            Set<Defence> walls,
            Set<String> allowedCalls)
            throws IOException {
        this.bubblewrap = bubblewrap;
        this.state =
                Files.createDirectories(
                        state,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
        this.users = users;
        this.walls = walls;
        this.allowedCalls = allowedCalls;
    }

    @Override
    public Optional<String> problem() throws InterruptedException {
        try {
            Path workspace = Files.createTempDirectory("soma-sandbox-try-");
            try {
                return problem(workspace);
            } finally {
                Files.deleteIfExists(workspace);
            }
        } catch (IOException e) {
            return Optional.of("no workspace can be made: " + e.getMessage());
        }
    }

    /// A command that ends well only where there is no network, no host file and no host process.
    private Optional<String> problem(Path workspace) throws InterruptedException {
        String probe =
                """
                test ! -e /etc/passwd && test ! -e /root && test ! -w /usr \
                && test "$(ls /proc | grep -c '^[0-9]')" -lt 8 && test "$(grep -c : /proc/net/dev)" = 1
                """;
        Result result =
                run(
                        new Job(
                                List.of("/bin/sh", "-c", probe),
                                new byte[0],
                                workspace,
                                Limits.DEFAULT.within(Duration.ofSeconds(10))));
        return switch (result) {
            case Unavailable(String reason) -> Optional.of(reason);
            case Ran ran when ran.end().equals(new Exited(0)) -> Optional.empty();
            case Ran ran ->
                    Optional.of(
                            "a command that looked around found more than it should: " + ran.end());
        };
    }

    @Override
    public Result run(Job job) throws InterruptedException {
        OptionalInt user = users.take();
        try {
            return run(job, user);
        } catch (IOException e) {
            return new Unavailable("the command could not be prepared: " + e.getMessage());
        } finally {
            users.giveBack(user);
        }
    }

    private Result run(Job job, OptionalInt user) throws IOException, InterruptedException {
        Path own = Files.createTempDirectory(state, "run-");
        Path filter = own.resolve("filter");
        Path status = own.resolve("status");
        try {
            Files.write(filter, Seccomp.bytes(Seccomp.program(Seccomp.here(), allowedCalls)));
            Files.createFile(status);
            Inspection inspection =
                    new Inspection(job.workspace(), own.resolve("quarantine"), job.limits());
            SandboxUsers.own(
                    job.workspace(),
                    walls.contains(Defence.OWN_USER) ? user : OptionalInt.of(ROOT));
            WorkspaceTree before = inspection.read();
            Confinement confinement = new Confinement(bubblewrap, user, job.limits(), walls);
            Ended ended =
                    execute(
                            job,
                            confinement.around(filter, status, job.workspace(), job.command()),
                            user);
            TreeChange tree =
                    walls.contains(Defence.TREE_INSPECTION)
                            ? inspection.since(before)
                            : inspection.uninspected(before);
            return result(ended, Files.readString(status), tree);
        } finally {
            Files.deleteIfExists(filter);
            Files.deleteIfExists(status);
            if (!Files.exists(own.resolve("quarantine"))) {
                Files.deleteIfExists(own);
            }
        }
    }

    private record Ended(
            boolean inTime, int code, Captured output, Captured errors, Duration wallTime) {}

    private static Result result(Ended ended, String status, TreeChange tree) {
        if (!ended.inTime()) {
            return new Ran(new TimedOut(), ended.output(), ended.errors(), tree, ended.wallTime());
        }
        Matcher exit = EXIT.matcher(status);
        if (exit.find()) {
            End end = new Exited(Integer.parseInt(exit.group(1)));
            return new Ran(end, ended.output(), ended.errors(), tree, ended.wallTime());
        }
        if (ended.code() == KILLED_BY_KERNEL && status.contains("child-pid")) {
            return new Ran(new Killed(), ended.output(), ended.errors(), tree, ended.wallTime());
        }
        String words = new String(ended.errors().kept(), java.nio.charset.StandardCharsets.UTF_8);
        return new Unavailable(
                "the sandbox did not start (%d): %s"
                        .formatted(
                                ended.code(),
                                words.substring(0, Math.min(words.length(), SHOWN_OF_AN_ERROR))
                                        .strip()));
    }

    /// Starts the command from a thread that lives as long as it: the kernel kills what was asked
    /// to
    /// die with its parent when the thread that started it ends.
    private Ended execute(Job job, List<String> line, OptionalInt user)
            throws IOException, InterruptedException {
        CompletableFuture<Ended> ended = new CompletableFuture<>();
        Thread thread =
                Thread.ofPlatform()
                        .name("sandbox")
                        .start(
                                () -> {
                                    try {
                                        ended.complete(attend(job, line, user));
                                    } catch (IOException
                                            | InterruptedException
                                            | RuntimeException e) {
                                        ended.completeExceptionally(e);
                                    }
                                });
        try {
            return ended.get();
        } catch (InterruptedException e) {
            thread.interrupt();
            thread.join();
            throw e;
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
    }

    private Ended attend(Job job, List<String> line, OptionalInt user)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(line);
        if (walls.contains(Defence.CLEAN_ENVIRONMENT)) {
            builder.environment().clear();
        }
        long started = System.nanoTime();
        Process process = builder.start();
        try {
            int most =
                    walls.contains(Defence.OUTPUT_LIMIT)
                            ? job.limits().outputBytes()
                            : Integer.MAX_VALUE;
            CompletableFuture<Captured> output = reading(process.getInputStream(), most);
            CompletableFuture<Captured> errors = reading(process.getErrorStream(), most);
            Thread.startVirtualThread(() -> feed(process.getOutputStream(), job.input()));
            boolean inTime = endsInTime(process, job.limits());
            if (!inTime) {
                kill(process, user);
            }
            return new Ended(
                    inTime,
                    process.exitValue(),
                    closed(output),
                    closed(errors),
                    Duration.ofNanos(System.nanoTime() - started));
        } finally {
            if (process.isAlive()) {
                kill(process, user);
            }
        }
    }

    /// Kills bubblewrap, and whatever it had started but not yet bound to its own end: between
    /// those
    /// two its child waits for a word of it for ever.
    private static void kill(Process process, OptionalInt user) throws IOException {
        List<ProcessHandle> started = process.descendants().toList();
        process.destroyForcibly();
        started.forEach(ProcessHandle::destroyForcibly);
        process.onExit().join();
        if (user.isPresent()) {
            SandboxUsers.killAll(user.getAsInt());
        }
    }

    private boolean endsInTime(Process process, Limits limits) throws InterruptedException {
        if (!walls.contains(Defence.WALL_CLOCK)) {
            process.waitFor();
            return true;
        }
        return process.waitFor(limits.wallTime().toMillis(), TimeUnit.MILLISECONDS);
    }

    private static CompletableFuture<Captured> reading(InputStream stream, int most) {
        CompletableFuture<Captured> captured = new CompletableFuture<>();
        Thread.startVirtualThread(
                () -> {
                    try {
                        captured.complete(Captured.read(stream, most));
                    } catch (IOException e) {
                        captured.completeExceptionally(e);
                    }
                });
        return captured;
    }

    /// What a stream held; the last process of the sandbox closes it.
    private static Captured closed(CompletableFuture<Captured> captured)
            throws IOException, InterruptedException {
        try {
            return captured.get(STREAMS_CLOSE_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the command's output could not be read to its end", e);
        }
    }

    private static void feed(OutputStream stream, byte[] input) {
        try (stream) {
            stream.write(input);
        } catch (IOException expected) {
            // The command need not read what it is given.
        }
    }
}
