package dev.soma.devkit;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/// Databases for tests on the shared PostgreSQL: a template is made once per JVM, each test class
/// clones it.
public final class Databases {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,39}");
    private static final Map<String, Template> TEMPLATES = new HashMap<>();
    private static final AtomicInteger COUNT = new AtomicInteger();

    private Databases() {}

    /// Fills a new database, with migrations for example. Its connections must be closed when it
    /// returns.
    @FunctionalInterface
    public interface Initializer {
        void initialize(Database database) throws Exception;
    }

    public record Database(String name, String jdbcUrl, String username, String password) {
        public Connection connect() throws SQLException {
            return DriverManager.getConnection(jdbcUrl, username, password);
        }

        /// Ends its connections and removes it.
        public void drop() {
            execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
        }
    }

    public record Template(String name) {}

    /// The template of that name, initialised by whoever asks first.
    public static Template template(String name, Initializer initializer) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "a template's name matches " + NAME + ", not " + name);
        }
        synchronized (TEMPLATES) {
            Template existing = TEMPLATES.get(name);
            if (existing != null) {
                return existing;
            }
            Template template = new Template("template_" + name);
            execute("CREATE DATABASE " + template.name());
            try {
                initializer.initialize(database(template.name()));
            } catch (Exception failure) {
                database(template.name()).drop();
                throw new IllegalStateException(
                        "could not initialise the template database " + name, failure);
            }
            TEMPLATES.put(name, template);
            return template;
        }
    }

    public static Database freshDatabase(Template template) {
        String name = template.name().replaceFirst("template_", "") + "_" + COUNT.incrementAndGet();
        execute("CREATE DATABASE " + name + " TEMPLATE " + template.name());
        return database(name);
    }

    /// A database without tables.
    public static Database emptyDatabase() {
        String name = "empty_" + COUNT.incrementAndGet();
        execute("CREATE DATABASE " + name);
        return database(name);
    }

    private static Database database(String name) {
        EngineSet.Postgres postgres = TestEngines.postgres();
        return new Database(name, postgres.jdbcUrl(name), postgres.username(), postgres.password());
    }

    private static void execute(String sql) {
        EngineSet.Postgres postgres = TestEngines.postgres();
        try (Connection connection =
                        DriverManager.getConnection(
                                postgres.jdbcUrl(), postgres.username(), postgres.password());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException failure) {
            throw EngineException.passing(
                    "could not run " + sql + " on the test PostgreSQL", failure);
        }
    }
}
