package dev.soma.devkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;

/// PostgreSQL 18, durable as in production: a commit is on the disk when it is acknowledged.
final class PostgresEngine implements Engine {
    static final String USER = "soma";
    private static final List<String> DURABLE =
            List.of("fsync", "synchronous_commit", "full_page_writes");
    private static final Duration LEFTOVERS_WITHIN = Duration.ofSeconds(10);

    private final SourceTree tree;
    private final Path folder;
    private final int port;
    private final String password;

    PostgresEngine(SourceTree tree, Path folder, int port) throws IOException {
        this.tree = tree;
        this.folder = folder.toAbsolutePath();
        this.port = port;
        Home.createPrivate(folder);
        this.password = Passwords.readOrCreate(folder.resolve("password"));
    }

    @Override
    public String name() {
        return "postgres";
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String address() {
        return "127.0.0.1:" + port;
    }

    String password() {
        return password;
    }

    String jdbcUrl(String database) {
        return "jdbc:postgresql://" + address() + "/" + database;
    }

    @Override
    public Launch launch(Progress progress) throws IOException {
        Path binaries = PostgresBinaries.find(tree, progress);
        Path data = folder.resolve("data");
        UnprivilegedUser user = UnprivilegedUser.find();
        if (!Files.exists(data.resolve("PG_VERSION"))) {
            initialise(binaries, data, user);
        }
        endLeftovers(data);
        List<String> command =
                new ArrayList<>(
                        List.of(
                                binaries.resolve("bin/postgres").toString(),
                                "-D",
                                data.toString()));
        for (Map.Entry<String, String> setting : settings().entrySet()) {
            command.add("-c");
            command.add(setting.getKey() + "=" + setting.getValue());
        }
        user.own(folder);
        return new Launch(
                user.prefix(),
                command,
                Map.of("LC_ALL", "C.UTF-8"),
                folder,
                "INT",
                Duration.ofSeconds(20));
    }

    private Map<String, String> settings() {
        return Map.of(
                "listen_addresses", "127.0.0.1",
                "port", Integer.toString(port),
                "unix_socket_directories", "",
                "fsync", "on",
                "synchronous_commit", "on",
                "full_page_writes", "on",
                "max_connections", "200",
                "log_timezone", "UTC",
                "timezone", "UTC");
    }

    private void initialise(Path binaries, Path data, UnprivilegedUser user) throws IOException {
        Path unfinished = folder.resolve("data.part");
        Cache.delete(unfinished);
        user.own(folder);
        List<String> command = new ArrayList<>(user.prefix());
        command.addAll(
                List.of(
                        binaries.resolve("bin/initdb").toString(),
                        "--pgdata=" + unfinished,
                        "--username=" + USER,
                        "--auth=scram-sha-256",
                        "--pwfile=" + folder.resolve("password"),
                        "--encoding=UTF8",
                        "--locale=C.UTF-8"));
        Tools.Answer answer =
                Tools.run(Duration.ofMinutes(2), Map.of("LC_ALL", "C.UTF-8"), command);
        if (answer.status() != 0) {
            throw EngineException.lasting(
                    "initdb of PostgreSQL in "
                            + unfinished
                            + " failed with status "
                            + answer.status()
                            + ":\n"
                            + answer.output(),
                    null);
        }
        Files.move(unfinished, data);
    }

    /// Server processes of a killed postmaster go by themselves; the next one must not meet them.
    private static void endLeftovers(Path data) throws IOException {
        Instant deadline = Instant.now().plus(LEFTOVERS_WITHIN);
        Path real = data.toRealPath();
        while (!Processes.workingIn(real).isEmpty()) {
            if (Instant.now().isAfter(deadline)) {
                Processes.workingIn(real).forEach(Processes::forceEnd);
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    @Override
    public Optional<String> unreadyBecause() {
        if (!Ports.accepts("127.0.0.1", port, 500)) {
            return Optional.of("nothing accepts connections at " + address());
        }
        return unreadyBecause(jdbcUrl("postgres"), USER, password);
    }

    /// Also for a server given by address: it answers, and a commit there is durable.
    static Optional<String> unreadyBecause(String jdbcUrl, String user, String password) {
        Properties properties = new Properties();
        if (!user.isEmpty()) {
            properties.setProperty("user", user);
            properties.setProperty("password", password);
        }
        properties.setProperty("connectTimeout", "2");
        properties.setProperty("socketTimeout", "5");
        try (Connection connection = DriverManager.getConnection(jdbcUrl, properties)) {
            try (Statement statement = connection.createStatement()) {
                return notDurable(statement);
            }
        } catch (SQLException failure) {
            return Optional.of("PostgreSQL answers: " + failure.getMessage());
        }
    }

    private static Optional<String> notDurable(Statement statement) throws SQLException {
        for (String setting : DURABLE) {
            try (ResultSet row =
                    statement.executeQuery("SELECT current_setting('" + setting + "')")) {
                row.next();
                if (row.getString(1).equals("off")) {
                    return Optional.of(
                            setting
                                    + " is off, so an acknowledged commit could be lost; set it on");
                }
            }
        }
        return Optional.empty();
    }

    @Override
    public Duration readyWithin() {
        return Duration.ofMinutes(1);
    }
}
