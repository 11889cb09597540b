package dev.soma.metering.internal;

import dev.soma.kernel.Permit;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.Work;
import dev.soma.metering.ProjectBudgets;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/// [ProjectBudgets] as rows of the ledger: they have no period and begin with their project.
class PostgresProjectBudgets implements ProjectBudgets {
    private static final String UNIT = "tokens";

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;

    PostgresProjectBudgets(JdbcClient jdbc, TransactionTemplate transactions) {
        this.jdbc = jdbc;
        this.transactions = transactions;
    }

    /// Exact, and never more than the whole: what nine tenths do not divide falls to the rest.
    private static long ofTasks(long tokens) {
        return Math.subtractExact(tokens, Math.ceilDiv(tokens, 10));
    }

    @Override
    public void open(Permit permit, String project, long tokens) {
        transactions.executeWithoutResult(
                status -> {
                    give(permit, Levels.PROJECT, project, tokens);
                    give(permit, Levels.TASKS, project, ofTasks(tokens));
                });
    }

    private void give(Permit permit, int level, String subject, long tokens) {
        jdbc.sql(
                        """
                        WITH given AS (
                          INSERT INTO budget (tenant, level, subject, unit, period, hard, decision_id)
                          VALUES (:tenant, :level, :subject, :unit, 'total', :hard, :decision)
                          ON CONFLICT DO NOTHING)
                        INSERT INTO budget_account (tenant, level, subject, unit, window_start, hard)
                        VALUES (:tenant, :level, :subject, :unit, '-infinity', :hard)
                        ON CONFLICT DO NOTHING
                        """)
                .param("tenant", permit.tenant().value())
                .param("level", level)
                .param("subject", subject)
                .param("unit", UNIT)
                .param("hard", tokens)
                .param("decision", permit.decisionId())
                .update();
    }

    @Override
    public void openTask(Permit permit, String project, String task) {
        transactions.executeWithoutResult(
                status ->
                        limit(permit.tenant(), Levels.TASKS, project)
                                .ifPresent(
                                        most ->
                                                give(
                                                        permit,
                                                        Levels.TASK,
                                                        new Work(project, task).agent(),
                                                        most)));
    }

    private Optional<Long> limit(TenantId tenant, int level, String subject) {
        return jdbc.sql(
                        """
                        SELECT hard FROM budget
                        WHERE tenant = ? AND level = ? AND subject = ? AND unit = ?
                        """)
                .param(tenant.value())
                .param(level)
                .param(subject)
                .param(UNIT)
                .query(Long.class)
                .optional();
    }

    @Override
    public void topUp(Permit permit, String project, long tokens) {
        transactions.executeWithoutResult(
                status -> {
                    long before = limit(permit.tenant(), Levels.PROJECT, project).orElseThrow();
                    long now = Math.addExact(before, tokens);
                    long forTasks = Math.subtractExact(ofTasks(now), ofTasks(before));
                    raise(permit, Levels.TASK, project + "/", forTasks);
                    raise(permit, Levels.TASKS, project, forTasks);
                    raise(permit, Levels.PROJECT, project, tokens);
                });
    }

    /// @param subject of the budget; one that ends with a slash stands for all that begin with it
    private void raise(Permit permit, int level, String subject, long tokens) {
        for (String table : List.of("budget", "budget_account")) {
            jdbc.sql(
                            """
                            UPDATE %s SET hard = hard + :more
                            WHERE tenant = :tenant AND level = :level AND unit = :unit
                              AND (subject = :subject
                                OR (:subject LIKE '%%/' AND starts_with(subject, :subject)))
                            """
                                    .formatted(table))
                    .param("more", tokens)
                    .param("tenant", permit.tenant().value())
                    .param("level", level)
                    .param("subject", subject)
                    .param("unit", UNIT)
                    .update();
        }
    }

    @Override
    public List<Account> accounts(TenantId tenant, String project) {
        String prefix = new Work(project, "").agent();
        return jdbc.sql(
                        """
                        SELECT CASE level WHEN :task THEN substr(subject, length(:prefix) + 1) ELSE '' END,
                          hard, settled, held
                        FROM budget_account
                        WHERE tenant = :tenant AND unit = :unit
                          AND ((level = :whole AND subject = :project)
                            OR (level = :task AND starts_with(subject, :prefix)))
                        ORDER BY level, subject
                        """)
                .param("task", Levels.TASK)
                .param("whole", Levels.PROJECT)
                .param("prefix", prefix)
                .param("project", project)
                .param("tenant", tenant.value())
                .param("unit", UNIT)
                .query(
                        (row, i) ->
                                new Account(
                                        row.getString(1),
                                        row.getLong(2),
                                        row.getLong(3),
                                        row.getLong(4)))
                .list();
    }
}
