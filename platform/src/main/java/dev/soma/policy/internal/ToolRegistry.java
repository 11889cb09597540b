package dev.soma.policy.internal;

import dev.soma.events.Changes;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Permit;
import dev.soma.kernel.TenantId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

/// What the platform knows of tools, by tenant.
class ToolRegistry {
    private static final String COLUMNS =
            "SELECT tenant, id, category, risk_micro, forbidden, actions, domains FROM policy_tool ";

    private final JdbcClient jdbc;
    private final Supplier<Changes> changes;

    ToolRegistry(JdbcClient jdbc, Supplier<Changes> changes) {
        this.jdbc = jdbc;
        this.changes = changes;
    }

    /// @param tenants whose; empty means everybody's
    Map<TenantId, Map<String, Tool>> load(Set<TenantId> tenants) {
        Map<TenantId, Map<String, Tool>> tools = new HashMap<>();
        jdbc.sql(COLUMNS + "WHERE cardinality(?::text[]) = 0 OR tenant = ANY (?)")
                .param(RulePacks.names(tenants))
                .param(RulePacks.names(tenants))
                .query(
                        row -> {
                            Tool tool = tool(row);
                            tools.computeIfAbsent(
                                            new TenantId(row.getString(1)), t -> new HashMap<>())
                                    .put(tool.id(), tool);
                        });
        return tools;
    }

    List<Tool> of(ActorContext actor) {
        return jdbc.sql(COLUMNS + "WHERE tenant = ? ORDER BY id")
                .param(actor.tenant().value())
                .query((row, i) -> tool(row))
                .list();
    }

    private static Tool tool(ResultSet row) throws SQLException {
        int risk = row.getInt(4);
        return new Tool(
                row.getString(2),
                row.getString(3),
                row.wasNull() ? OptionalLong.empty() : OptionalLong.of(risk),
                row.getBoolean(5),
                texts(row, 6),
                texts(row, 7));
    }

    private static Set<String> texts(ResultSet row, int column) throws SQLException {
        return Set.copyOf(Arrays.asList((String[]) row.getArray(column).getArray()));
    }

    /// Adds a tool, or replaces what is known of it.
    @Transactional
    public void save(Permit permit, Tool tool) {
        jdbc.sql(
                        """
                        INSERT INTO policy_tool (tenant, id, category, risk_micro, forbidden, actions, domains, decision_id)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                        ON CONFLICT (tenant, id) DO UPDATE SET category = excluded.category,
                            risk_micro = excluded.risk_micro, forbidden = excluded.forbidden,
                            actions = excluded.actions, domains = excluded.domains,
                            decision_id = excluded.decision_id, updated_at = now()
                        """)
                .param(permit.tenant().value())
                .param(tool.id())
                .param(tool.category())
                .param(tool.riskMicro().isPresent() ? (int) tool.riskMicro().getAsLong() : null)
                .param(tool.forbidden())
                .param(new TreeSet<>(tool.actions()).toArray(String[]::new))
                .param(new TreeSet<>(tool.domains()).toArray(String[]::new))
                .param(permit.decisionId())
                .update();
        changes.get().announce(Changes.Kind.POLICY, permit.tenant());
    }
}
