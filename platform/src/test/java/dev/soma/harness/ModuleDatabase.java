package dev.soma.harness;

import com.zaxxer.hikari.HikariDataSource;
import dev.soma.devkit.Databases;
import dev.soma.runtime.Pipeline;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/// A fresh PostgreSQL database with the tables of some modules.
public final class ModuleDatabase implements AutoCloseable {
    private final HikariDataSource source = new HikariDataSource();
    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;

    public ModuleDatabase(String... modules) throws Exception {
        Databases.Database database = Databases.emptyDatabase();
        source.setJdbcUrl(database.jdbcUrl());
        source.setUsername(database.username());
        source.setPassword(database.password());
        source.setMaximumPoolSize(16);
        for (String module : modules) {
            Flyway.configure()
                    .dataSource(source)
                    .locations("classpath:db/migration/" + module)
                    .table("flyway_" + module)
                    .baselineOnMigrate(true)
                    .baselineVersion("0")
                    .load()
                    .migrate();
        }
        jdbc = JdbcClient.create(source);
        transactions = new TransactionTemplate(new DataSourceTransactionManager(source));
    }

    public DataSource source() {
        return source;
    }

    public JdbcClient jdbc() {
        return jdbc;
    }

    public Pipeline pipeline() {
        return new Pipeline(source);
    }

    public TransactionTemplate transactions() {
        return transactions;
    }

    @Override
    public void close() {
        source.close();
    }
}
