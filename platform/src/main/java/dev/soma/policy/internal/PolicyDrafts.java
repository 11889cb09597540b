package dev.soma.policy.internal;

import dev.soma.events.Changes;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.Permit;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.policy.internal.ShadowCounts.Change;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

/// Packs that are not in force yet.
class PolicyDrafts {
    private final JdbcClient jdbc;
    private final Supplier<Changes> changes;
    private final RulePacks packs;
    private final Identifiers identifiers;

    PolicyDrafts(
            JdbcClient jdbc, Supplier<Changes> changes, RulePacks packs, Identifiers identifiers) {
        this.jdbc = jdbc;
        this.changes = changes;
        this.packs = packs;
        this.identifiers = identifiers;
    }

    /// @param state VALID, SHADOW, ACTIVE or SUPERSEDED
    record Draft(UUID id, String digest, JsonObject pack, String state) {}

    /// A draft that is watched.
    record Watched(UUID draft, RulePacks.Held pack) {}

    Draft save(Permit permit, ActorContext actor, JsonObject pack, String digest) {
        UUID id = identifiers.next();
        jdbc.sql(
                        """
                        INSERT INTO policy_draft (id, tenant, digest, pack, state, created_by, decision_id)
                        VALUES (?, ?, ?, ?, 'VALID', ?, ?)
                        """)
                .param(id)
                .param(permit.tenant().value())
                .param(digest)
                .param(CanonicalJson.JCS.bytes(pack))
                .param(actor.actor().tenant() + "/" + actor.actor().user())
                .param(permit.decisionId())
                .update();
        return new Draft(id, digest, pack, "VALID");
    }

    Optional<Draft> find(ActorContext actor, UUID id) {
        return jdbc.sql(
                        "SELECT id, digest, pack, state FROM policy_draft WHERE tenant = ? AND id = ?")
                .param(actor.tenant().value())
                .param(id)
                .query(
                        (row, i) ->
                                new Draft(
                                        row.getObject(1, UUID.class),
                                        row.getString(2),
                                        parse(row.getBytes(3)),
                                        row.getString(4)))
                .optional();
    }

    private static JsonObject parse(byte[] pack) {
        try {
            return StrictJson.parseObject(pack);
        } catch (MalformedJson e) {
            throw new IllegalStateException("a stored draft is not JSON any more", e);
        }
    }

    /// Watches a draft from now on, and no other of the tenant.
    @Transactional
    public void watch(Permit permit, UUID id) {
        jdbc.sql("UPDATE policy_draft SET state = 'VALID' WHERE tenant = ? AND state = 'SHADOW'")
                .param(permit.tenant().value())
                .update();
        jdbc.sql(
                        "UPDATE policy_draft SET state = 'SHADOW' WHERE tenant = ? AND id = ? AND state = 'VALID'")
                .param(permit.tenant().value())
                .param(id)
                .update();
        changes.get().announce(Changes.Kind.POLICY, permit.tenant());
    }

    /// Puts a draft in force as the tenant's next version.
    @Transactional
    public RulePacks.Stored activate(Permit permit, Draft draft) {
        jdbc.sql(
                        "UPDATE policy_draft SET state = 'SUPERSEDED' WHERE tenant = ? AND state = 'ACTIVE'")
                .param(permit.tenant().value())
                .update();
        jdbc.sql("UPDATE policy_draft SET state = 'ACTIVE' WHERE tenant = ? AND id = ?")
                .param(permit.tenant().value())
                .param(draft.id())
                .update();
        return packs.save(permit, draft.pack(), draft.digest());
    }

    /// @param tenants whose; empty means everybody's
    Map<TenantId, Watched> watched(Set<TenantId> tenants) {
        Map<TenantId, Watched> watched = new HashMap<>();
        jdbc.sql(
                        """
                        SELECT tenant, id, pack FROM policy_draft WHERE state = 'SHADOW'
                            AND (cardinality(?::text[]) = 0 OR tenant = ANY (?))
                        """)
                .param(RulePacks.names(tenants))
                .param(RulePacks.names(tenants))
                .query(
                        row -> {
                            watched.put(
                                    new TenantId(row.getString(1)),
                                    new Watched(
                                            row.getObject(2, UUID.class),
                                            packs.hold(row.getBytes(3))));
                        });
        return watched;
    }

    /// Adds to what was counted before, on whatever node.
    @Transactional
    public void count(Map<Change, Long> counted) {
        counted.forEach(
                (change, decisions) ->
                        jdbc.sql(
                                        """
                                        INSERT INTO policy_shadow_count AS known (draft, rule, was, would_be, decisions)
                                        VALUES (?, ?, ?, ?, ?) ON CONFLICT (draft, rule, was, would_be)
                                        DO UPDATE SET decisions = known.decisions + excluded.decisions
                                        """)
                                .param(change.draft())
                                .param(change.rule())
                                .param(change.was())
                                .param(change.wouldBe())
                                .param(decisions)
                                .update());
    }

    List<JsonObject> counts(UUID draft) {
        return jdbc.sql(
                        """
                        SELECT rule, was, would_be, decisions FROM policy_shadow_count WHERE draft = ?
                        ORDER BY decisions DESC, rule LIMIT 1000
                        """)
                .param(draft)
                .query(
                        (row, i) ->
                                JsonValue.object()
                                        .put("rule", row.getString(1))
                                        .put("from", row.getString(2))
                                        .put("to", row.getString(3))
                                        .put("decisions", row.getLong(4))
                                        .build())
                .list();
    }
}
