package dev.soma.runtime;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.SqlTypeValue;
import org.springframework.jdbc.core.StatementCreatorUtils;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/// Statements of one transaction that travel together: each waits until somebody needs an answer or
/// the transaction commits, then everything that waits is sent at once and runs in the order in
/// which it was added. A transaction of a dozen statements so takes a few round trips instead of a
/// dozen. An error of a statement shows where the answer is needed or at the commit, and rolls the
/// transaction back there.
///
/// What waits is bound to the thread's transaction; a pipeline serves any number of them at once.
/// Statements that go past it, such as those of a `JdbcClient`, run before what still waits.
public final class Pipeline {
    private final JdbcTemplate jdbc;

    public Pipeline(DataSource source) {
        this.jdbc = new JdbcTemplate(source);
    }

    /// The answer to a statement that may not have been sent yet.
    public interface Answer<T> {
        /// Sends what waits, unless the answer is there already.
        ///
        /// @throws org.springframework.dao.DataAccessException when the database refuses one of the
        /// statements that were sent
        T get();

        /// The answer, worked on when it is needed.
        ///
        /// @param work done once
        default <R> Answer<R> map(Function<T, R> work) {
            return new Worked<>(this, work);
        }
    }

    /// Reads the row on which the result stands.
    public interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /// @param sql one statement with `?` for its parameters
    public Statement sql(String sql) {
        return new Statement(sql);
    }

    /// A statement before it is added; belongs to one thread.
    public final class Statement {
        private final String sql;
        private final List<@Nullable Object> parameters = new ArrayList<>();

        private Statement(String sql) {
            this.sql = sql;
        }

        public Statement param(@Nullable Object value) {
            parameters.add(value);
            return this;
        }

        /// Adds the statement; nobody needs what it answers.
        ///
        /// @throws IllegalStateException outside a transaction
        public void tell() {
            add(new Sent<>(this, row -> true));
        }

        /// Adds the statement.
        ///
        /// @return its rows
        /// @throws IllegalStateException outside a transaction
        public <T> Answer<List<T>> ask(RowReader<T> reader) {
            Sent<T> sent = new Sent<>(this, reader);
            Waiting waiting = add(sent);
            return () -> waiting.answer(sent);
        }

        private Waiting add(Sent<?> sent) {
            Waiting waiting = waiting();
            waiting.queue.add(sent);
            return waiting;
        }
    }

    private static final class Worked<T, R> implements Answer<R> {
        private final Answer<T> answer;
        private final Function<T, R> work;
        private @Nullable R worked;

        Worked(Answer<T> answer, Function<T, R> work) {
            this.answer = answer;
            this.work = work;
        }

        @Override
        public R get() {
            if (worked == null) {
                worked = work.apply(answer.get());
            }
            return worked;
        }
    }

    private static final class Sent<T> {
        final Statement statement;
        final RowReader<T> reader;
        final List<T> rows = new ArrayList<>();
        boolean answered;

        Sent(Statement statement, RowReader<T> reader) {
            this.statement = statement;
            this.reader = reader;
        }

        void take(@Nullable ResultSet result) throws SQLException {
            while (result != null && result.next()) {
                rows.add(reader.read(result));
            }
            answered = true;
        }
    }

    /// What waits in one transaction.
    private final class Waiting implements TransactionSynchronization {
        final List<Sent<?>> queue = new ArrayList<>();

        <T> List<T> answer(Sent<T> sent) {
            if (!sent.answered) {
                send();
            }
            if (!sent.answered) {
                throw new IllegalStateException("the transaction has failed before");
            }
            return sent.rows;
        }

        private void send() {
            if (queue.isEmpty()) {
                return;
            }
            List<Sent<?>> batch = List.copyOf(queue);
            queue.clear();
            String sql =
                    batch.stream()
                            .map(sent -> sent.statement.sql.strip())
                            .collect(Collectors.joining(";\n"));
            jdbc.execute(
                    sql,
                    (PreparedStatement prepared) -> {
                        execute(prepared, batch);
                        return batch;
                    });
        }

        private void execute(PreparedStatement prepared, List<Sent<?>> batch) throws SQLException {
            int index = 1;
            for (Sent<?> sent : batch) {
                for (Object value : sent.statement.parameters) {
                    StatementCreatorUtils.setParameterValue(
                            prepared, index++, SqlTypeValue.TYPE_UNKNOWN, value);
                }
            }
            boolean rows = prepared.execute();
            for (Sent<?> sent : batch) {
                sent.take(rows ? prepared.getResultSet() : null);
                rows = prepared.getMoreResults();
            }
        }

        @Override
        public void suspend() {
            TransactionSynchronizationManager.unbindResource(Pipeline.this);
        }

        @Override
        public void resume() {
            TransactionSynchronizationManager.bindResource(Pipeline.this, this);
        }

        @Override
        public void beforeCommit(boolean readOnly) {
            send();
        }

        @Override
        public void afterCompletion(int status) {
            TransactionSynchronizationManager.unbindResourceIfPossible(Pipeline.this);
        }
    }

    private Waiting waiting() {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("a pipeline belongs to a transaction");
        }
        Waiting bound = (Waiting) TransactionSynchronizationManager.getResource(this);
        if (bound == null) {
            bound = new Waiting();
            TransactionSynchronizationManager.bindResource(this, bound);
            TransactionSynchronizationManager.registerSynchronization(bound);
        }
        return bound;
    }
}
