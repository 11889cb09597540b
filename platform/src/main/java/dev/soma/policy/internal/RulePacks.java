package dev.soma.policy.internal;

import dev.soma.events.Changes;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Permit;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.policy.RefusalTaxonomy;
import dev.soma.runtime.Cache;
import dev.soma.tenancy.TenantCreated;
import java.lang.ref.SoftReference;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

/// The packs of all tenants. PostgreSQL decides; Redis holds a copy for readers outside.
class RulePacks {
    private static final Logger log = LoggerFactory.getLogger(RulePacks.class);

    private final JdbcClient jdbc;
    private final Supplier<Changes> changes;
    private final Supplier<RefusalTaxonomy> taxonomy;
    private final Cache cache;
    private final Conditions conditions = new Conditions();

    RulePacks(
            JdbcClient jdbc,
            Supplier<Changes> changes,
            Supplier<RefusalTaxonomy> taxonomy,
            Cache cache) {
        this.jdbc = jdbc;
        this.changes = changes;
        this.taxonomy = taxonomy;
        this.cache = cache;
    }

    /// A stored pack.
    record Stored(long version, String digest, JsonObject pack) {}

    RefusalTaxonomy refusals() {
        return taxonomy.get();
    }

    /// A pack as it is stored, compiled when it is first needed and again when memory was short.
    /// Thread-safe.
    static final class Held {
        private final byte[] pack;
        private final Conditions conditions;
        private volatile SoftReference<RulePack> compiled = new SoftReference<>(null);

        private Held(byte[] pack, Conditions conditions) {
            this.pack = pack;
            this.conditions = conditions;
        }

        RulePack get() {
            RulePack known = compiled.get();
            if (known == null) {
                try {
                    known = RulePack.compile(StrictJson.parseObject(pack), conditions);
                } catch (MalformedJson e) {
                    throw new IllegalStateException(
                            "a stored rule pack does not compile any more", e);
                }
                compiled = new SoftReference<>(known);
            }
            return known;
        }
    }

    /// The packs in force.
    ///
    /// @param tenants whose; empty means everybody's
    Map<TenantId, Held> load(Set<TenantId> tenants) {
        Map<TenantId, Held> packs = new HashMap<>();
        Map<String, String> mirror = new HashMap<>();
        jdbc.sql(
                        """
                        SELECT DISTINCT ON (tenant) tenant, pack FROM policy_pack
                        WHERE cardinality(?::text[]) = 0 OR tenant = ANY (?)
                        ORDER BY tenant, version DESC
                        """)
                .param(names(tenants))
                .param(names(tenants))
                .query(
                        row -> {
                            byte[] pack = row.getBytes(2);
                            packs.put(new TenantId(row.getString(1)), new Held(pack, conditions));
                            mirror.put(
                                    "policy:rules:" + row.getString(1),
                                    new String(pack, StandardCharsets.UTF_8));
                        });
        writeMirror(mirror);
        return packs;
    }

    /// A pack held ready without being in force.
    Held hold(byte[] pack) {
        return new Held(pack, conditions);
    }

    /// The newest version that differs from the one in force.
    Optional<Stored> before(ActorContext actor, Stored inForce) {
        return jdbc.sql(
                        """
                        SELECT version, digest, pack FROM policy_pack
                        WHERE tenant = ? AND version < ? AND digest <> ? ORDER BY version DESC LIMIT 1
                        """)
                .param(actor.tenant().value())
                .param(inForce.version())
                .param(inForce.digest())
                .query(
                        (row, i) ->
                                new Stored(
                                        row.getLong(1), row.getString(2), parse(row.getBytes(3))))
                .optional();
    }

    static String[] names(Set<TenantId> tenants) {
        return tenants.stream().map(TenantId::value).toArray(String[]::new);
    }

    private void writeMirror(Map<String, String> mirror) {
        if (mirror.isEmpty()) {
            return;
        }
        try {
            cache.write(mirror);
        } catch (Cache.Unavailable e) {
            log.atWarn()
                    .log(
                            "the rule packs could not be mirrored to Redis; they are written again at the next change");
        }
    }

    /// @throws MalformedJson saying what is wrong with the pack
    RulePack compile(JsonObject pack) throws MalformedJson {
        return RulePack.compile(pack, conditions);
    }

    /// The stored form of a pack that was once in force.
    Optional<byte[]> bytes(ActorContext actor, String digest) {
        return jdbc.sql("SELECT pack FROM policy_pack WHERE tenant = ? AND digest = ? LIMIT 1")
                .param(actor.tenant().value())
                .param(digest)
                .query((row, i) -> row.getBytes(1))
                .optional();
    }

    Optional<Stored> latest(ActorContext actor) {
        return jdbc.sql(
                        "SELECT version, digest, pack FROM policy_pack WHERE tenant = ? ORDER BY version DESC LIMIT 1")
                .param(actor.tenant().value())
                .query(
                        (row, i) ->
                                new Stored(
                                        row.getLong(1), row.getString(2), parse(row.getBytes(3))))
                .optional();
    }

    private static JsonObject parse(byte[] pack) {
        try {
            return StrictJson.parseObject(pack);
        } catch (MalformedJson e) {
            throw new IllegalStateException("a stored rule pack is not JSON any more", e);
        }
    }

    /// Adds a version; the former ones stay.
    @Transactional
    public Stored save(Permit permit, JsonObject pack, String digest) {
        long version =
                jdbc.sql(
                                """
                                INSERT INTO policy_pack (tenant, version, digest, pack, decision_id)
                                SELECT :tenant, coalesce(max(version), 0) + 1, :digest, :pack, :decision
                                FROM policy_pack WHERE tenant = :tenant RETURNING version
                                """)
                        .param("tenant", permit.tenant().value())
                        .param("digest", digest)
                        .param("pack", CanonicalJson.JCS.bytes(pack))
                        .param("decision", permit.decisionId())
                        .query(Long.class)
                        .single();
        changes.get().announce(Changes.Kind.POLICY, permit.tenant());
        return new Stored(version, digest, pack);
    }

    /// Every tenant starts with a pack, in the transaction that creates it.
    @EventListener
    void giveFirstPack(TenantCreated created) throws MalformedJson {
        save(created.permit(), RulePack.initial(), compile(RulePack.initial()).digest());
    }
}
