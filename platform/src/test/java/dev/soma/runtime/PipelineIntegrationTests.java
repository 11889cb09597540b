package dev.soma.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.soma.harness.ModuleDatabase;
import dev.soma.runtime.Pipeline.Answer;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

class PipelineIntegrationTests {
    private static ModuleDatabase database;
    private static Pipeline pipeline;

    @BeforeAll
    static void open() throws Exception {
        database = new ModuleDatabase();
        pipeline = database.pipeline();
        database.jdbc().sql("CREATE TABLE piped (id int PRIMARY KEY, word text)").update();
    }

    @AfterAll
    static void close() {
        database.close();
    }

    @BeforeEach
    void empty() {
        database.jdbc().sql("TRUNCATE piped").update();
    }

    private static void insert(int id, String word) {
        pipeline.sql("INSERT INTO piped (id, word) VALUES (?, ?)").param(id).param(word).tell();
    }

    private static Answer<List<String>> words() {
        return pipeline.sql("SELECT word FROM piped ORDER BY id").ask(row -> row.getString(1));
    }

    private static List<String> committed() {
        return database.jdbc()
                .sql("SELECT word FROM piped ORDER BY id")
                .query((row, i) -> row.getString(1))
                .list();
    }

    @Test
    void statementsRunInTheirOrderAndEachHasItsOwnAnswer() {
        database.transactions()
                .executeWithoutResult(
                        status -> {
                            Answer<List<String>> before = words();
                            insert(1, "one; ? and 'two'");
                            Answer<List<String>> between = words();
                            insert(2, "");
                            Answer<Integer> after = words().map(List::size);
                            assertThat(after.get()).isEqualTo(2);
                            assertThat(between.get()).containsExactly("one; ? and 'two'");
                            assertThat(before.get()).isEmpty();
                        });
        assertThat(committed()).containsExactly("one; ? and 'two'", "");
    }

    @Test
    void nothingIsSentBeforeSomebodyNeedsAnAnswerAndTheRestGoesWithTheCommit() {
        database.transactions()
                .executeWithoutResult(
                        status -> {
                            insert(1, "waits");
                            assertThat(committed()).isEmpty();
                            assertThat(words().get()).containsExactly("waits");
                            insert(2, "goes with the commit");
                        });
        assertThat(committed()).containsExactly("waits", "goes with the commit");
    }

    @Test
    void workOnAnAnswerIsDoneOnce() {
        int[] done = new int[1];
        database.transactions()
                .executeWithoutResult(
                        status -> {
                            Answer<Integer> worked = words().map(rows -> ++done[0]);
                            assertThat(worked.get()).isEqualTo(worked.get());
                        });
        assertThat(done[0]).isOne();
    }

    @Test
    void anErrorShowsWhereTheAnswerIsNeededAndNoLaterAnswerIsMadeUp() {
        assertThatThrownBy(
                        () ->
                                database.transactions()
                                        .executeWithoutResult(
                                                status -> {
                                                    insert(1, "first");
                                                    insert(1, "again");
                                                    Answer<List<String>> words = words();
                                                    assertThatThrownBy(words::get)
                                                            .isInstanceOf(
                                                                    DataIntegrityViolationException
                                                                            .class);
                                                    words.get();
                                                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("failed before");
        assertThat(committed()).isEmpty();
    }

    @Test
    void anErrorAtTheCommitRollsEverythingBack() {
        assertThatThrownBy(
                        () ->
                                database.transactions()
                                        .executeWithoutResult(
                                                status -> {
                                                    insert(1, "first");
                                                    assertThat(words().get()).hasSize(1);
                                                    insert(1, "again");
                                                }))
                .isInstanceOf(DataIntegrityViolationException.class);
        assertThat(committed()).isEmpty();
    }

    @Test
    void whatWaitsIsDroppedWithARollback() {
        database.transactions()
                .executeWithoutResult(
                        status -> {
                            insert(1, "never");
                            status.setRollbackOnly();
                        });
        database.transactions().executeWithoutResult(status -> insert(2, "next"));
        assertThat(committed()).containsExactly("next");
    }

    @Test
    void aTransactionWithinATransactionSendsItsOwnStatementsAlone() {
        TransactionTemplate inner =
                new TransactionTemplate(new DataSourceTransactionManager(database.source()));
        inner.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        database.transactions()
                .executeWithoutResult(
                        status -> {
                            insert(1, "outer");
                            inner.executeWithoutResult(other -> insert(2, "inner"));
                            assertThat(committed()).containsExactly("inner");
                        });
        assertThat(committed()).containsExactly("outer", "inner");
    }

    @Test
    void outsideOfATransactionItIsRefused() {
        assertThatThrownBy(() -> insert(1, "lost")).isInstanceOf(IllegalStateException.class);
        assertThat(committed()).isEmpty();
    }
}
