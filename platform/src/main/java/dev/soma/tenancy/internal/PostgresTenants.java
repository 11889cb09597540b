package dev.soma.tenancy.internal;

import dev.soma.events.Changes;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Permit;
import dev.soma.kernel.TenantId;
import dev.soma.tenancy.Tenant;
import dev.soma.tenancy.TenantCreated;
import dev.soma.tenancy.Tenants;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

/// Every tenant is held in memory and reloaded when the change clock says so.
class PostgresTenants implements Tenants, Changes.Follower {
    /// Words that stand in routes where a tenant id could stand.
    private static final Set<String> RESERVED =
            Set.of("versions", "validate", "drafts", "rollback", "global");

    private final JdbcClient jdbc;
    private final Supplier<Changes> changes;
    private final ApplicationEventPublisher listeners;
    private volatile Map<TenantId, Tenant> known = Map.of();

    PostgresTenants(
            JdbcClient jdbc, Supplier<Changes> changes, ApplicationEventPublisher listeners) {
        this.listeners = listeners;
        this.jdbc = jdbc;
        this.changes = changes;
    }

    @Override
    public boolean exists(TenantId tenant) {
        return known.containsKey(tenant);
    }

    @Override
    public List<TenantId> ids() {
        return List.copyOf(known.keySet());
    }

    @Override
    @Transactional
    public CreateOutcome create(ActorContext actor, Permit permit, Tenant tenant) {
        if (RESERVED.contains(tenant.id().value())) {
            return new CreateOutcome.Reserved(
                    "'%s' is a word of the routes and cannot name a tenant".formatted(tenant.id()));
        }
        int created =
                jdbc.sql(
                                "INSERT INTO tenant (id, organisation, decision_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
                        .param(tenant.id().value())
                        .param(tenant.organisation())
                        .param(permit.decisionId())
                        .update();
        if (created == 0) {
            return new CreateOutcome.AlreadyThere(known.getOrDefault(tenant.id(), tenant));
        }
        listeners.publishEvent(new TenantCreated(actor, permit, tenant.id()));
        changes.get().announce(Changes.Kind.TENANCY, tenant.id());
        return new CreateOutcome.Created(tenant);
    }

    @Override
    public List<Tenant> list(ActorContext actor) {
        return List.copyOf(known.values());
    }

    @Override
    public Changes.Kind kind() {
        return Changes.Kind.TENANCY;
    }

    @Override
    public void reload() {
        Map<TenantId, Tenant> loaded = new TreeMap<>((a, b) -> a.value().compareTo(b.value()));
        jdbc.sql("SELECT id, organisation FROM tenant")
                .query(
                        row -> {
                            TenantId id = new TenantId(row.getString(1));
                            loaded.put(id, new Tenant(id, row.getString(2)));
                        });
        known = loaded;
    }
}
