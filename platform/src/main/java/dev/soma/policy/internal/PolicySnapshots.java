package dev.soma.policy.internal;

import dev.soma.events.Changes;
import dev.soma.kernel.TenantId;
import dev.soma.policy.RefusalTaxonomy;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Packs and tools of all tenants, replaced as a whole when something changes. Thread-safe; reading
/// reads memory only.
class PolicySnapshots implements Changes.Follower {
    private final RulePacks packs;
    private final ToolRegistry tools;
    private final PolicyDrafts drafts;
    private final InputVault vault;
    private final ConstitutionKeys keys;
    private volatile Map<TenantId, Snapshot> byTenant = Map.of();

    PolicySnapshots(
            RulePacks packs,
            ToolRegistry tools,
            PolicyDrafts drafts,
            InputVault vault,
            ConstitutionKeys keys) {
        this.drafts = drafts;
        this.packs = packs;
        this.tools = tools;
        this.vault = vault;
        this.keys = keys;
    }

    /// One tenant's.
    ///
    /// @param shadow the draft that is watched beside the pack in force
    record Snapshot(
            RulePacks.Held held, Map<String, Tool> tools, Optional<PolicyDrafts.Watched> shadow) {
        RulePack pack() {
            return held.get();
        }

        Tool tool(String id) {
            return tools.getOrDefault(id, Tool.unknown(id));
        }
    }

    Optional<Snapshot> of(TenantId tenant) {
        return Optional.ofNullable(byTenant.get(tenant));
    }

    RefusalTaxonomy refusals() {
        return packs.refusals();
    }

    ConstitutionKeys keys() {
        return keys;
    }

    @Override
    public Changes.Kind kind() {
        return Changes.Kind.POLICY;
    }

    @Override
    public void reload() {
        byTenant = load(Set.of());
        vault.forget();
    }

    @Override
    public void reload(Set<TenantId> tenants) {
        Map<TenantId, Snapshot> next = new HashMap<>(byTenant);
        next.keySet().removeAll(tenants);
        next.putAll(load(tenants));
        byTenant = Map.copyOf(next);
        vault.forget();
    }

    private Map<TenantId, Snapshot> load(Set<TenantId> tenants) {
        Map<TenantId, Map<String, Tool>> known = tools.load(tenants);
        Map<TenantId, PolicyDrafts.Watched> watched = drafts.watched(tenants);
        Map<TenantId, Snapshot> loaded = new HashMap<>();
        packs.load(tenants)
                .forEach(
                        (tenant, held) ->
                                loaded.put(
                                        tenant,
                                        new Snapshot(
                                                held,
                                                Map.copyOf(known.getOrDefault(tenant, Map.of())),
                                                Optional.ofNullable(watched.get(tenant)))));
        return Map.copyOf(loaded);
    }
}
