package dev.soma.provider.internal;

import dev.soma.events.Changes;
import dev.soma.events.EventDraft;
import dev.soma.events.Outbox;
import dev.soma.events.Topic;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.Permit;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.JsonValue;
import dev.soma.provider.ModelRoute.Caching;
import dev.soma.provider.internal.CallHistory.Budgets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

/// The model profiles of tenants, in versions. Versions in PostgreSQL, active ones in memory.
class ModelProfiles implements Changes.Follower {
    private final JdbcClient jdbc;
    private final Supplier<Changes> changes;
    private final Supplier<Outbox> outbox;
    private final Identifiers identifiers;
    private volatile Map<String, Map<String, Profile>> active = Map.of();

    ModelProfiles(
            JdbcClient jdbc,
            Supplier<Changes> changes,
            Supplier<Outbox> outbox,
            Identifiers identifiers) {
        this.jdbc = jdbc;
        this.changes = changes;
        this.outbox = outbox;
        this.identifiers = identifiers;
    }

    /// One version.
    ///
    /// @param targets addresses, in the order in which they are asked
    /// @param cacheSeconds how long answers are kept; 0 where they are not
    /// @param budgets within which a model has to stay to be asked in its place
    record Profile(
            String name,
            long version,
            List<String> targets,
            int cacheSeconds,
            Budgets budgets,
            State state) {
        /// What answers a request that names no model.
        static final String DEFAULT = "default";

        Profile {
            targets = List.copyOf(targets);
        }

        Optional<Caching> caching() {
            return cacheSeconds == 0
                    ? Optional.empty()
                    : Optional.of(new Caching(name + "@" + version, cacheSeconds));
        }
    }

    /// What a new version is to be.
    record Draft(String name, List<String> targets, int cacheSeconds, Budgets budgets) {}

    enum State {
        /// Tried, and not in force.
        PREPARED,
        ACTIVE,
        /// Was active.
        RETIRED
    }

    /// The profile in force; reads memory only.
    Optional<Profile> active(TenantId tenant, String name) {
        return Optional.ofNullable(active.getOrDefault(tenant.value(), Map.of()).get(name));
    }

    List<Profile> list(TenantId tenant) {
        return jdbc.sql(
                        """
                        SELECT * FROM model_profile WHERE tenant = ?
                        ORDER BY name, version DESC LIMIT 500
                        """)
                .param(tenant.value())
                .query((row, i) -> profile(row))
                .list();
    }

    private static Profile profile(ResultSet row) throws SQLException {
        return new Profile(
                row.getString("name"),
                row.getLong("version"),
                List.of((String[]) row.getArray("targets").getArray()),
                row.getInt("cache_seconds"),
                new Budgets(row.getLong("latency_budget_ms"), row.getDouble("error_budget")),
                State.valueOf(row.getString("state")));
    }

    /// Adds a version that is not in force yet.
    @Transactional
    public Profile prepare(Permit permit, Draft draft) {
        return add(permit, draft, State.PREPARED);
    }

    /// Adds a version and puts it in force.
    @Transactional
    public Profile put(ActorContext actor, Permit permit, Draft draft) {
        lock(permit.tenant(), draft.name());
        retire(permit.tenant(), draft.name());
        Profile added = add(permit, draft, State.ACTIVE);
        tell(actor, permit, added);
        return added;
    }

    /// Puts a version in force that was prepared, or was in force before.
    ///
    /// @throws NoSuchVersion when there is none; nothing is changed then
    @Transactional
    public Profile activate(ActorContext actor, Permit permit, String name, long version) {
        lock(permit.tenant(), name);
        retire(permit.tenant(), name);
        Profile activated =
                jdbc.sql(
                                """
                                UPDATE model_profile SET state = 'ACTIVE', activated_at = clock_timestamp()
                                WHERE tenant = ? AND name = ? AND version = ? RETURNING *
                                """)
                        .param(permit.tenant().value())
                        .param(name)
                        .param(version)
                        .query((row, i) -> profile(row))
                        .optional()
                        .orElseThrow(NoSuchVersion::new);
        tell(actor, permit, activated);
        return activated;
    }

    /// Rolls the transaction back.
    static final class NoSuchVersion extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /// The version that was in force before the present one.
    OptionalLong previous(TenantId tenant, String name) {
        return jdbc
                .sql(
                        """
                        SELECT version FROM model_profile WHERE tenant = ? AND name = ? AND state = 'RETIRED'
                        ORDER BY activated_at DESC LIMIT 1
                        """)
                .param(tenant.value())
                .param(name)
                .query(Long.class)
                .list()
                .stream()
                .mapToLong(Long::longValue)
                .findFirst();
    }

    private void lock(TenantId tenant, String name) {
        jdbc.sql("SELECT pg_advisory_xact_lock(hashtextextended('profile/' || ? || '/' || ?, 0))")
                .param(tenant.value())
                .param(name)
                .query(row -> {});
    }

    private void retire(TenantId tenant, String name) {
        jdbc.sql(
                        "UPDATE model_profile SET state = 'RETIRED' WHERE tenant = ? AND name = ? AND state = 'ACTIVE'")
                .param(tenant.value())
                .param(name)
                .update();
    }

    private Profile add(Permit permit, Draft draft, State state) {
        return jdbc.sql(
                        """
                        INSERT INTO model_profile (tenant, name, version, targets, cache_seconds, latency_budget_ms, error_budget, state, decision_id, activated_at)
                        SELECT :tenant, :name, coalesce(max(version), 0) + 1, :targets::text[], :cache, :latency, :errors, :state, :decision,
                          CASE :state WHEN 'ACTIVE' THEN clock_timestamp() END
                        FROM model_profile WHERE tenant = :tenant AND name = :name
                        RETURNING *
                        """)
                .param("tenant", permit.tenant().value())
                .param("name", draft.name())
                .param("cache", draft.cacheSeconds())
                .param("latency", draft.budgets().latencyMillis())
                .param("errors", draft.budgets().errorRatio())
                .param("targets", draft.targets().toArray(String[]::new))
                .param("state", state.name())
                .param("decision", permit.decisionId())
                .query((row, i) -> profile(row))
                .single();
    }

    private void tell(ActorContext actor, Permit permit, Profile profile) {
        outbox.get()
                .add(
                        List.of(
                                new EventDraft(
                                        identifiers.next(),
                                        Topic.SETTINGS_CHANGED,
                                        permit.tenant(),
                                        "model-profile." + profile.name(),
                                        "soma.settings.changed",
                                        JsonValue.object()
                                                .put("setting", "model-profile." + profile.name())
                                                .put("version", profile.version())
                                                .put("decision_id", permit.decisionId().toString())
                                                .put("value", JsonValue.texts(profile.targets()))
                                                .build(),
                                        new EventDraft.Origin(
                                                Optional.of(actor.trace().header()),
                                                Optional.empty()))));
        changes.get().announce(Changes.Kind.PROVIDER, permit.tenant());
    }

    @Override
    public Changes.Kind kind() {
        return Changes.Kind.PROVIDER;
    }

    @Override
    public void reload() {
        Map<String, Map<String, Profile>> loaded = new HashMap<>();
        jdbc.sql("SELECT * FROM model_profile WHERE state = 'ACTIVE'")
                .query(
                        row -> {
                            Profile profile = profile(row);
                            loaded.computeIfAbsent(
                                            row.getString("tenant"), tenant -> new HashMap<>())
                                    .put(profile.name(), profile);
                        });
        active = loaded;
    }
}
