package dev.soma.metering.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Permit;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.tenancy.TenantCreated;
import java.util.List;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

/// Limits as operators set them.
class Budgets {
    static final List<String> PERIODS = List.of("day", "week", "month", "total");

    /// A thousandth of what a 64-bit sum holds.
    static final long MAX_LIMIT = Long.MAX_VALUE / 1_024;

    private final JdbcClient jdbc;
    private final MeteringSettings settings;

    Budgets(JdbcClient jdbc, MeteringSettings settings) {
        this.jdbc = jdbc;
        this.settings = settings;
    }

    /// @param level of [Levels]
    /// @param hard the limit, in the unit
    record Budget(int level, String subject, String unit, String period, long hard) {}

    /// Sets a limit, for the present window too. Lowering it below what is used refuses new turns
    /// until the window
    /// ends and changes nothing that was spent.
    @Transactional
    public void save(Permit permit, Budget budget) {
        jdbc.sql(
                        """
                        INSERT INTO budget (tenant, level, subject, unit, period, hard, decision_id)
                        VALUES (:tenant, :level, :subject, :unit, :period, :hard, :decision)
                        ON CONFLICT (tenant, level, subject, unit) DO UPDATE SET
                          period = excluded.period, hard = excluded.hard, decision_id = excluded.decision_id, updated_at = now()
                        """)
                .param("tenant", permit.tenant().value())
                .param("level", budget.level())
                .param("subject", budget.subject())
                .param("unit", budget.unit())
                .param("period", budget.period())
                .param("hard", budget.hard())
                .param("decision", permit.decisionId())
                .update();
        jdbc.sql(
                        """
                        UPDATE budget_account SET hard = :hard, overdraft = greatest(0, settled + held - :hard)
                        WHERE tenant = :tenant AND level = :level AND subject = :subject AND unit = :unit
                          AND window_start = CASE :period WHEN 'total' THEN '-infinity'::timestamptz
                            ELSE date_trunc(:period, now(), 'UTC') END
                        """)
                .param("hard", budget.hard())
                .param("tenant", permit.tenant().value())
                .param("level", budget.level())
                .param("subject", budget.subject())
                .param("unit", budget.unit())
                .param("period", budget.period())
                .update();
    }

    /// The tenant's limits with what is used of each in the present window.
    List<JsonObject> list(ActorContext actor) {
        return jdbc.sql(
                        """
                        SELECT b.level, b.subject, b.unit, b.period, b.hard, coalesce(a.settled, 0), coalesce(a.held, 0)
                        FROM budget b LEFT JOIN budget_account a
                          ON a.tenant = b.tenant AND a.level = b.level AND a.subject = b.subject AND a.unit = b.unit
                          AND a.window_start = CASE b.period WHEN 'total' THEN '-infinity'::timestamptz
                            ELSE date_trunc(b.period, now(), 'UTC') END
                        WHERE b.tenant = ? AND b.level <= ? ORDER BY b.level, b.subject, b.unit
                        """)
                .param(actor.tenant().value())
                .param(Levels.KEY)
                .query(
                        (row, i) -> {
                            String kind = Levels.name(row.getInt(1));
                            String name =
                                    row.getString(3).equals("tokens") ? "tokens" : "amount_micro";
                            return JsonValue.object()
                                    .put(
                                            "scope",
                                            JsonValue.object()
                                                    .put("kind", kind)
                                                    .put("id", row.getString(2))
                                                    .build())
                                    .put(
                                            "limit",
                                            JsonValue.object().put(name, row.getLong(5)).build())
                                    .put("period", row.getString(4))
                                    .put("settled", row.getLong(6))
                                    .put("held", row.getLong(7))
                                    .build();
                        })
                .list();
    }

    /// Every tenant starts with a small daily budget, in the transaction that creates it.
    @EventListener
    void giveFirstBudget(TenantCreated created) {
        save(
                created.permit(),
                new Budget(
                        0,
                        created.tenant().value(),
                        "tokens",
                        "day",
                        settings.firstBudgetTokens()));
    }
}
