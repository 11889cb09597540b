package dev.soma.devkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Engines and platform of one home folder, started, supervised and stopped together.
///
/// [#start()] returns when all of them are ready. After that each is restarted when it dies; one
/// that dies too often is failed until [#heal()]. [#stop()] ends them in reverse order.
public final class Stack implements AutoCloseable {
    private static final String DATABASE = "soma";

    private final StackOptions options;
    private final Consumer<PartStatus> listener;
    private final Progress progress;
    private final EnumMap<Part, Runner> runners = new EnumMap<>(Part.class);
    private final SourceTree tree = SourceTree.find();
    private final int gatewayPort;

    public Stack(StackOptions options, Progress progress) {
        this(options, progress, status -> {});
    }

    /// @param listener told of every change of a part's state, from that part's own thread
    public Stack(StackOptions options, Progress progress, Consumer<PartStatus> listener) {
        this.options = options;
        this.progress = progress;
        this.listener = listener;
        this.gatewayPort = options.gatewayPort() == 0 ? Ports.free() : options.gatewayPort();
        for (Part part : Part.values()) {
            if (options.parts().contains(part)) {
                runners.put(part, runner(part));
            }
        }
    }

    private Runner runner(Part part) {
        String url = options.attached().get(part);
        if (url != null) {
            return new Attached(part, ServerAddress.parse(part, url), listener);
        }
        Home home = options.home();
        EngineProcess process = new EngineProcess(engine(part), home.run(), home.logs(), progress);
        return new Supervised(part, process, RestartPolicy.STANDARD, listener);
    }

    private Engine engine(Part part) {
        Home home = options.home();
        var data = home.data().resolve(part.id());
        try {
            return switch (part) {
                case POSTGRES -> new PostgresEngine(tree, data, Ports.free());
                case REDIS -> new RedisEngine(tree, data, Ports.free());
                case KAFKA -> new KafkaEngine(tree, data, KafkaEngine.KafkaPorts.free());
                case TEMPORAL -> new TemporalEngine(data, Ports.free(), Ports.free());
                case SLM -> new SlmEngine(tree, data, Ports.free());
                case WITNESS ->
                        new WitnessEngine(
                                tree,
                                witness(home),
                                witnessKey(home),
                                home.data().resolve("platform/audit.vkey"),
                                Ports.free());
                case PLATFORM ->
                        new PlatformEngine(
                                tree,
                                home,
                                gatewayPort,
                                options.platformJvmFlags(),
                                this::platformSettings);
            };
        } catch (IOException failure) {
            throw EngineException.passing(
                    "could not prepare " + part.id() + " in " + data, failure);
        }
    }

    /// The folder of the witness that a stack starts itself.
    public static Path witness(Home home) {
        return home.path().resolve("witness");
    }

    /// The verifier key of the witness that the operator trusts.
    public static Path witnessKey(Home home) {
        return home.trust().resolve("witness.vkey");
    }

    public boolean has(Part part) {
        return runners.containsKey(part);
    }

    public Home home() {
        return options.home();
    }

    public String gateway() {
        return "http://127.0.0.1:" + gatewayPort;
    }

    /// Starts what does not run and returns when all parts are ready; an exception names those that
    /// are not. Parts that are ready stay so then; the caller heals or stops.
    public void start() {
        heal();
    }

    /// Gives parts that failed or do not run a new start and returns their names when all parts are
    /// ready.
    public List<String> heal() {
        List<String> healed = new ArrayList<>();
        List<Runner> engines = new ArrayList<>();
        runners.values().stream()
                .filter(runner -> !runner.part().needsEngines())
                .forEach(engines::add);
        for (Runner runner : engines) {
            if (runner.ensureRunning()) {
                healed.add(runner.part().id());
            }
        }
        awaitReady(engines);
        if (runners.containsKey(Part.POSTGRES)) {
            createDatabase();
        }
        // The witness is told the key of a log that the platform makes at its first start.
        for (Part part : List.of(Part.PLATFORM, Part.WITNESS)) {
            Runner runner = runners.get(part);
            if (runner != null) {
                if (runner.ensureRunning()) {
                    healed.add(part.id());
                }
                awaitReady(List.of(runner));
            }
        }
        return healed;
    }

    private static void awaitReady(List<Runner> awaited) {
        List<String> failures = new ArrayList<>();
        for (Runner runner : awaited) {
            try {
                PartStatus status = runner.awaitSettled();
                if (status.state() != PartState.READY) {
                    failures.add(
                            status.part().id()
                                    + " is "
                                    + status.state().id()
                                    + ": "
                                    + status.reason());
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw EngineException.passing(
                        "interrupted while waiting for " + runner.part().id(), interrupted);
            }
        }
        if (!failures.isEmpty()) {
            throw EngineException.passing(String.join("\n", failures), null);
        }
    }

    public List<PartStatus> status() {
        return runners.values().stream().map(Runner::status).toList();
    }

    public PartStatus status(Part part) {
        return required(part).status();
    }

    /// Waits until the part is ready or has failed.
    public PartStatus awaitSettled(Part part) throws InterruptedException {
        return required(part).awaitSettled();
    }

    /// `kill -9` of the part itself; its supervision then does what it would after a crash.
    public void kill(Part part) {
        process(part).kill();
    }

    /// Ends the part and keeps it down until [#heal()].
    public void stop(Part part) {
        required(part).stop();
    }

    /// The process of a part that this stack started.
    public EngineProcess process(Part part) {
        return switch (required(part)) {
            case Supervised supervised -> supervised.process();
            case Attached attached ->
                    throw new IllegalArgumentException(
                            part.id() + " is attached at " + attached.address());
        };
    }

    /// Stops the platform first, then the engines in reverse order.
    public void stop() {
        List<Runner> order = new ArrayList<>(runners.values());
        for (Runner runner : order.reversed()) {
            runner.stop();
        }
    }

    @Override
    public void close() {
        stop();
    }

    private Runner required(Part part) {
        return Optional.ofNullable(runners.get(part))
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        part.id() + " is not a part of this stack"));
    }

    /// Where a client reaches the part, with credentials; null when it is not a part.
    public @Nullable String address(Part part) {
        Runner runner = runners.get(part);
        return switch (runner) {
            case null -> null;
            case Attached attached -> options.attached().get(part);
            case Supervised supervised ->
                    switch (supervised.process().engine()) {
                        case PostgresEngine postgres ->
                                "postgresql://"
                                        + PostgresEngine.USER
                                        + ":"
                                        + postgres.password()
                                        + "@"
                                        + postgres.address()
                                        + "/"
                                        + DATABASE;
                        case RedisEngine redis ->
                                "redis://:" + redis.password() + "@" + redis.address();
                        case Engine other -> other.address();
                    };
        };
    }

    /// JDBC URL, user and password of the platform's database.
    public Databases.Database database() {
        ServerAddress server =
                ServerAddress.parse(
                        Part.POSTGRES,
                        Objects.requireNonNull(
                                address(Part.POSTGRES), "postgres is not a part of this stack"));
        String name = server.url().substring(server.url().lastIndexOf('/') + 1);
        return new Databases.Database(name, server.url(), server.username(), server.password());
    }

    private void createDatabase() {
        if (!(required(Part.POSTGRES) instanceof Supervised supervised)
                || !(supervised.process().engine() instanceof PostgresEngine engine)) {
            return;
        }
        String question = "SELECT 1 FROM pg_database WHERE datname = '" + DATABASE + "'";
        try (Connection connection =
                        DriverManager.getConnection(
                                engine.jdbcUrl("postgres"),
                                PostgresEngine.USER,
                                engine.password());
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(question)) {
            if (!found.next()) {
                statement.execute("CREATE DATABASE " + DATABASE);
            }
        } catch (SQLException failure) {
            throw EngineException.passing(
                    "could not create the database "
                            + DATABASE
                            + " at "
                            + engine.address()
                            + ": "
                            + failure.getMessage(),
                    failure);
        }
    }

    private Map<String, String> platformSettings() {
        Home home = options.home();
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("soma.roles", "all");
        settings.put("soma.node.id", "node-1");
        settings.put("soma.node.directory", home.data().resolve("platform").toString());
        settings.put("soma.run.directory", home.run().toString());
        settings.put("soma.gateway.host", "127.0.0.1");
        settings.put("soma.gateway.port", Integer.toString(gatewayPort));
        settings.put("soma.api.port", "0");
        if (runners.containsKey(Part.POSTGRES)) {
            Databases.Database database = database();
            settings.put("soma.postgres.url", database.jdbcUrl());
            settings.put("soma.postgres.username", database.username());
            settings.put("soma.postgres.password", database.password());
        }
        putAddress(settings, "soma.redis.url", Part.REDIS);
        putAddress(settings, "soma.kafka.bootstrap-servers", Part.KAFKA);
        settings.put(
                "soma.constitution.key-ring-file",
                home.trust().resolve("constitution-keys.json").toString());
        settings.put("soma.constitution.threshold", "2");
        settings.put("soma.constitution.poll-millis", "1000");
        settings.put("soma.provider.allow-loopback", "true");
        putAddress(settings, "soma.kamachiq.temporal", Part.TEMPORAL);
        if (runners.containsKey(Part.TEMPORAL)) {
            putSandbox(settings);
        }
        putWitness(settings);
        settings.putAll(options.platformProperties());
        return settings;
    }

    /// Without bubblewrap everything runs but the commands of agents, and each of those says why.
    private void putSandbox(Map<String, String> settings) {
        try {
            settings.put("soma.kamachiq.bubblewrap", Fetches.bubblewrap(progress).toString());
        } catch (IOException | EngineException absent) {
            progress.say("projects cannot be reviewed: " + absent.getMessage());
        }
    }

    private void putWitness(Map<String, String> settings) {
        Runner runner = runners.get(Part.WITNESS);
        String address = address(Part.WITNESS);
        if (runner == null || address == null) {
            return;
        }
        Path trusted = witnessKey(options.home());
        try {
            String key =
                    runner instanceof Supervised supervised
                                    && supervised.process().engine() instanceof WitnessEngine engine
                            ? engine.verifierKey()
                            : Files.readString(trusted).strip();
            settings.put("soma.audit.witness-url", address);
            settings.put("soma.audit.witness-key", key);
        } catch (IOException failure) {
            throw EngineException.passing(
                    "the witness at "
                            + address
                            + " needs its verifier key in "
                            + trusted
                            + ": "
                            + failure.getMessage(),
                    failure);
        }
    }

    private void putAddress(Map<String, String> settings, String key, Part part) {
        String address = address(part);
        if (address != null) {
            settings.put(key, address);
        }
    }
}
