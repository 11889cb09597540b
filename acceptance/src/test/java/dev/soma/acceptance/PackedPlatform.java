package dev.soma.acceptance;

import dev.soma.devkit.Home;
import dev.soma.devkit.Part;
import dev.soma.devkit.PartState;
import dev.soma.devkit.PartStatus;
import dev.soma.devkit.Progress;
import dev.soma.devkit.Stack;
import dev.soma.devkit.StackOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/// The packed jar with engines of its own, as the supervisor of `./soma up` runs them.
///
/// Its home is `target/acceptance/<name>/`, empty at the start and kept at the end.
final class PackedPlatform implements AutoCloseable {
    private final Stack stack;
    private final ConstitutionKeys keys = new ConstitutionKeys();
    private final Operator operator;

    private PackedPlatform(StackOptions options) throws IOException, InterruptedException {
        keys.writeRing(options.home().trust().resolve("constitution-keys.json"));
        stack = new Stack(options, Progress.to(System.err));
        try {
            stack.start();
            operator = Operator.bootstrap(new Http(stack.gateway()), options.home().run());
        } catch (IOException | InterruptedException | RuntimeException e) {
            stack.stop();
            throw e;
        }
    }

    /// Starts with an administrator and without a constitution.
    static PackedPlatform ungoverned(String name, UnaryOperator<StackOptions> more)
            throws IOException, InterruptedException {
        Home home = new Home(emptied(Path.of("target/acceptance").resolve(name)));
        return new PackedPlatform(
                more.apply(
                        StackOptions.in(home)
                                .platformProperty("soma.constitution.poll-millis", "200")));
    }

    /// Starts with the shipped constitution in force.
    static PackedPlatform governed(String name, UnaryOperator<StackOptions> more)
            throws IOException, InterruptedException {
        PackedPlatform platform = ungoverned(name, more);
        platform.publishConstitution();
        return platform;
    }

    static Path emptied(Path folder) throws IOException {
        Path absolute = folder.toAbsolutePath();
        if (Files.exists(absolute)) {
            try (Stream<Path> files = Files.walk(absolute)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        Files.createDirectories(absolute);
        return absolute;
    }

    void publishConstitution() throws IOException {
        Map<String, String> values = keys.signedShipped();
        try (Redis redis = redis()) {
            redis.write(values);
        }
        operator.awaitConstitution(ConstitutionKeys.hash(ConstitutionKeys.shipped()));
    }

    Redis redis() throws IOException {
        return new Redis(address(Part.REDIS));
    }

    String address(Part part) {
        return Objects.requireNonNull(stack.address(part), part.id() + " has no address");
    }

    Stack stack() {
        return stack;
    }

    String gateway() {
        return stack.gateway();
    }

    Operator operator() {
        return operator;
    }

    Http http() {
        return operator.http();
    }

    long platformPid() {
        return stack.status(Part.PLATFORM).pid();
    }

    private Path nodeFolder() {
        return stack.home().data().resolve("platform");
    }

    /// The audit log of the one node, as it lies on disk.
    AuditFolder audit() throws IOException {
        Path vkey = nodeFolder().resolve("audit.vkey");
        return new AuditFolder(nodeFolder().resolve("audit"), Files.readString(vkey).strip());
    }

    /// `kill -9` of all of these at once. Supervision restarts them; what it gave up is healed.
    void killAndAwait(List<Part> parts) throws InterruptedException {
        Map<Part, Integer> before = new EnumMap<>(Part.class);
        parts.forEach(part -> before.put(part, stack.status(part).restarts()));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            parts.forEach(part -> threads.execute(() -> stack.kill(part)));
        }
        for (Part part : parts) {
            int known = Objects.requireNonNull(before.get(part));
            Awaitility.await("the supervisor to see that " + part.id() + " died")
                    .atMost(Duration.ofSeconds(10))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> noticed(stack.status(part), known));
        }
        awaitReady(parts);
    }

    private static boolean noticed(PartStatus status, int restartsBefore) {
        return status.restarts() > restartsBefore || status.state() == PartState.FAILED;
    }

    private void awaitReady(List<Part> parts) throws InterruptedException {
        for (Part part : parts) {
            if (stack.awaitSettled(part).state() != PartState.READY) {
                stack.heal();
            }
        }
    }

    /// `kill -9`, and kept down until [Stack#heal()].
    void killForGood(Part part) {
        stack.kill(part);
        stack.stop(part);
    }

    @Override
    public void close() {
        stack.stop();
    }
}
