package dev.soma.devkit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Engines in one folder, each started when it is first asked for. Nothing restarts them but the
/// caller.
public final class EngineSet implements AutoCloseable {
    private final Path folder;
    private final SourceTree tree;
    private final Map<String, EngineProcess> processes = new LinkedHashMap<>();

    /// PostgreSQL as its superuser.
    public record Postgres(
            EngineProcess process, String host, int port, String username, String password) {
        public String jdbcUrl(String database) {
            return "jdbc:postgresql://" + host + ":" + port + "/" + database;
        }

        public String jdbcUrl() {
            return jdbcUrl("postgres");
        }
    }

    public record Redis(EngineProcess process, String host, int port, String password) {
        public String url() {
            return "redis://:" + password + "@" + host + ":" + port;
        }
    }

    /// `proxyPort` is the one that the broker names to clients of its second door at `proxiedPort`:
    /// a [FaultProxy] listening there, with that door as its target, stands in the way of every
    /// connection.
    public record Kafka(
            EngineProcess process, String bootstrapServers, int proxiedPort, int proxyPort) {
        public FaultProxy faultProxy() {
            return FaultProxy.listeningAt(proxyPort, "127.0.0.1", proxiedPort);
        }
    }

    public record Temporal(EngineProcess process, String address) {}

    public record Slm(EngineProcess process, String baseUrl) {}

    public EngineSet(Path folder) {
        this.folder = folder.toAbsolutePath();
        this.tree = SourceTree.find();
    }

    public Path folder() {
        return folder;
    }

    public Postgres postgres() {
        EngineProcess process = started("postgres");
        PostgresEngine engine = (PostgresEngine) process.engine();
        return new Postgres(
                process, "127.0.0.1", engine.port(), PostgresEngine.USER, engine.password());
    }

    public Redis redis() {
        EngineProcess process = started("redis");
        RedisEngine engine = (RedisEngine) process.engine();
        return new Redis(process, "127.0.0.1", engine.port(), engine.password());
    }

    public Kafka kafka() {
        EngineProcess process = started("kafka");
        KafkaEngine engine = (KafkaEngine) process.engine();
        return new Kafka(
                process, engine.address(), engine.ports().proxied(), engine.ports().proxy());
    }

    public Temporal temporal() {
        EngineProcess process = started("temporal");
        return new Temporal(process, process.engine().address());
    }

    public Slm slm() {
        EngineProcess process = started("slm");
        return new Slm(process, process.engine().address());
    }

    private synchronized EngineProcess started(String name) {
        EngineProcess existing = processes.get(name);
        if (existing != null) {
            return existing;
        }
        EngineProcess process =
                new EngineProcess(
                        create(name),
                        folder.resolve("run"),
                        folder.resolve("logs"),
                        Progress.to(System.err));
        process.start();
        processes.put(name, process);
        return process;
    }

    private Engine create(String name) {
        Path data = folder.resolve(name);
        try {
            return switch (name) {
                case "postgres" -> new PostgresEngine(tree, data, Ports.free());
                case "redis" -> new RedisEngine(tree, data, Ports.free());
                case "kafka" -> new KafkaEngine(tree, data, KafkaEngine.KafkaPorts.free());
                case "temporal" -> new TemporalEngine(data, Ports.free(), Ports.free());
                case "slm" -> new SlmEngine(tree, data, Ports.free());
                default -> throw new IllegalArgumentException("no engine is called " + name);
            };
        } catch (IOException failure) {
            throw EngineException.passing("could not prepare " + name + " in " + data, failure);
        }
    }

    /// Stops all engines, side by side.
    @Override
    public synchronized void close() {
        List<EngineProcess> running = new ArrayList<>(processes.values());
        processes.clear();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            running.forEach(process -> threads.execute(process::stop));
        }
    }
}
