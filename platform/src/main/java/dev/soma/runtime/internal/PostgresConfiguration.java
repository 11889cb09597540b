package dev.soma.runtime.internal;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.soma.runtime.Pipeline;
import dev.soma.runtime.Readiness;
import dev.soma.runtime.Role;
import dev.soma.runtime.StartupRefused;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/// The connection pool, the migrations and the refusal of a database that does not really sync.
@Configuration(proxyBeanMethods = false)
class PostgresConfiguration {
    /// In the order of the modules; each owns its folder and its history table.
    private static final List<String> MODULES =
            List.of(
                    "events",
                    "tenancy",
                    "identity",
                    "constitution",
                    "policy",
                    "metering",
                    "provider",
                    "conversation",
                    "kamachiq");

    /// What makes a commit survive a crash, and the values that do.
    private static final Map<String, List<String>> DURABILITY =
            Map.of(
                    "fsync", List.of("on"),
                    "synchronous_commit", List.of("on", "remote_apply", "remote_write", "local"),
                    "full_page_writes", List.of("on"));

    @Bean(destroyMethod = "close")
    DataSource dataSource(PostgresSettings settings, Environment environment) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(settings.url());
        config.setUsername(settings.username());
        config.setPassword(settings.password().reveal());
        config.setMaximumPoolSize(settings.poolSize());
        config.setMinimumIdle(2);
        config.setConnectionTimeout(settings.connectTimeoutMillis());
        config.setValidationTimeout(1_000);
        config.setPoolName("postgres");
        config.addDataSourceProperty("ApplicationName", "soma");
        config.addDataSourceProperty("tcpKeepAlive", "true");
        config.addDataSourceProperty("socketTimeout", "30");
        config.addDataSourceProperty("prepareThreshold", "1");
        HikariDataSource source = new HikariDataSource(config);
        if (Role.parse(environment.getProperty("soma.roles", "all")).contains(Role.MIGRATE)) {
            migrate(source);
        }
        requireDurability(source);
        return source;
    }

    @Bean
    Pipeline pipeline(DataSource source) {
        return new Pipeline(source);
    }

    @Bean
    Readiness postgresReadiness(DataSource source) {
        return new Readiness() {
            @Override
            public String name() {
                return "postgres";
            }

            @Override
            public Optional<String> problem() {
                return weakness(source);
            }
        };
    }

    private static void migrate(DataSource source) {
        for (String module : MODULES) {
            Flyway.configure()
                    .dataSource(source)
                    .locations("classpath:db/migration/" + module)
                    .table("flyway_" + module)
                    .baselineOnMigrate(true)
                    .baselineVersion("0")
                    .load()
                    .migrate();
        }
    }

    private static void requireDurability(DataSource source) {
        weakness(source)
                .ifPresent(
                        problem -> {
                            throw new StartupRefused(List.of(problem));
                        });
    }

    private static Optional<String> weakness(DataSource source) {
        try (var connection = source.getConnection();
                var statement = connection.createStatement()) {
            for (var wanted : DURABILITY.entrySet()) {
                try (var row = statement.executeQuery("SHOW " + wanted.getKey())) {
                    row.next();
                    if (!wanted.getValue().contains(row.getString(1))) {
                        return Optional.of(
                                "PostgreSQL runs with %s = %s; a commit would not survive a crash, so it is refused"
                                        .formatted(wanted.getKey(), row.getString(1)));
                    }
                }
            }
            return Optional.empty();
        } catch (SQLException e) {
            return Optional.of("PostgreSQL does not answer: " + e.getSQLState());
        }
    }
}
