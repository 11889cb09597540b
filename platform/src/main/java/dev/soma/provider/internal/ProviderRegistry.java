package dev.soma.provider.internal;

import dev.soma.events.Changes;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Permit;
import dev.soma.kernel.Secret;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonBoolean;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.metering.Price;
import dev.soma.provider.Endpoint;
import dev.soma.provider.ModelRoute;
import dev.soma.provider.ModelTarget;
import dev.soma.provider.Providers;
import dev.soma.provider.internal.CallHistory.Budgets;
import dev.soma.provider.internal.ModelProfiles.Profile;
import dev.soma.runtime.Sealer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

/// Definitions in PostgreSQL, models in memory. Keys are sealed at rest and opened only in memory.
class ProviderRegistry implements Providers, Changes.Follower {
    static final String EVERYBODY = "*";

    private final JdbcClient jdbc;
    private final Sealer sealer;
    private final ModelProfiles profiles;
    private final ModelHealth health;
    private final Supplier<Changes> changes;
    private volatile Map<String, Map<String, ModelTarget>> byTenant = Map.of();

    ProviderRegistry(
            JdbcClient jdbc,
            Sealer sealer,
            ModelProfiles profiles,
            ModelHealth health,
            Supplier<Changes> changes) {
        this.health = health;
        this.profiles = profiles;
        this.jdbc = jdbc;
        this.sealer = sealer;
        this.changes = changes;
    }

    @Override
    public Optional<ModelTarget> resolve(ActorContext actor, String name) {
        Map<String, Map<String, ModelTarget>> known = byTenant;
        for (String owner : List.of(actor.tenant().value(), EVERYBODY)) {
            Optional<ModelTarget> addressed = addressed(known.getOrDefault(owner, Map.of()), name);
            if (addressed.isPresent()) {
                return addressed;
            }
        }
        return unique(models(actor), name);
    }

    @Override
    public Optional<ModelRoute> route(ActorContext actor, String name) {
        Optional<Profile> profile =
                profiles.active(actor.tenant(), name.isEmpty() ? Profile.DEFAULT : name);
        if (profile.isEmpty()) {
            return resolve(actor, name).map(ModelRoute::to);
        }
        List<ModelTarget> targets =
                profile.get().targets().stream()
                        .flatMap(address -> resolve(actor, address).stream())
                        .toList();
        return targets.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new ModelRoute(
                                within(targets, profile.get().budgets()), profile.get().caching()));
    }

    /// Models that have used up a budget are asked after those that have not.
    private List<ModelTarget> within(List<ModelTarget> targets, Budgets budgets) {
        if (budgets.equals(Budgets.NONE) || targets.size() < 2) {
            return targets;
        }
        Map<Boolean, List<ModelTarget>> over =
                targets.stream()
                        .collect(
                                Collectors.partitioningBy(
                                        target -> health.health(target).exceeds(budgets)));
        List<ModelTarget> ordered = new ArrayList<>(over.getOrDefault(false, List.of()));
        ordered.addAll(over.getOrDefault(true, List.of()));
        return ordered;
    }

    /// The model of that address, or else the one whose open name, ending with `*`, covers most of
    /// it.
    private static Optional<ModelTarget> addressed(Map<String, ModelTarget> targets, String name) {
        ModelTarget exact = targets.get(name);
        if (exact != null && !exact.open()) {
            return Optional.of(exact);
        }
        return targets.values().stream()
                .filter(target -> target.open() && target.covers(name))
                .max(Comparator.comparingInt(target -> target.model().length()))
                .map(target -> target.named(name));
    }

    private static Optional<ModelTarget> unique(List<ModelTarget> models, String name) {
        List<ModelTarget> named =
                models.stream().filter(target -> target.model().equals(name)).toList();
        return named.size() == 1 && !named.getFirst().open()
                ? Optional.of(named.getFirst())
                : Optional.empty();
    }

    @Override
    public List<ModelTarget> models(ActorContext actor) {
        Map<String, Map<String, ModelTarget>> known = byTenant;
        Map<String, ModelTarget> visible = new TreeMap<>(known.getOrDefault(EVERYBODY, Map.of()));
        visible.putAll(known.getOrDefault(actor.tenant().value(), Map.of()));
        return List.copyOf(visible.values());
    }

    @Override
    public Changes.Kind kind() {
        return Changes.Kind.PROVIDER;
    }

    @Override
    public void reload() {
        Map<String, Map<String, ModelTarget>> loaded = new HashMap<>();
        jdbc.sql(
                        "SELECT DISTINCT ON (tenant, id) tenant, id, definition, sealed_key FROM provider ORDER BY tenant, id, version DESC")
                .query(
                        row -> {
                            String tenant = row.getString(1);
                            String id = row.getString(2);
                            byte[] sealed = row.getBytes(4);
                            Optional<Secret> key =
                                    sealed == null
                                            ? Optional.empty()
                                            : Optional.of(open(tenant, id, sealed));
                            for (ModelTarget target : targets(id, row.getBytes(3), key)) {
                                loaded.computeIfAbsent(tenant, t -> new TreeMap<>())
                                        .put(target.address(), target);
                            }
                        });
        byTenant = loaded;
    }

    private Secret open(String tenant, String id, byte[] sealed) {
        return new Secret(
                new String(sealer.open(sealed, context(tenant, id)), StandardCharsets.UTF_8));
    }

    private static String context(String tenant, String id) {
        return "provider/" + tenant + "/" + id;
    }

    private static List<ModelTarget> targets(String id, byte[] definition, Optional<Secret> key) {
        try {
            JsonObject provider = StrictJson.parseObject(definition);
            Endpoint endpoint =
                    new Endpoint(
                            Endpoint.Dialect.valueOf(
                                    provider.text("dialect")
                                            .orElse("openai")
                                            .toUpperCase(Locale.ROOT)),
                            URI.create(provider.text("base_url").orElseThrow()),
                            key,
                            truth(provider, "private_network"),
                            limit(provider));
            List<ModelTarget> targets = new ArrayList<>();
            for (JsonValue item : provider.items("models")) {
                if (item instanceof JsonObject model) {
                    Price price =
                            new Price(number(model, "input_pico"), number(model, "output_pico"));
                    targets.add(
                            new ModelTarget(
                                    id,
                                    model.text("id").orElseThrow(),
                                    endpoint,
                                    Math.toIntExact(number(model, "context_tokens")),
                                    price,
                                    truth(model, "continues")));
                }
            }
            return targets;
        } catch (MalformedJson e) {
            throw new IllegalStateException("a stored provider is not JSON any more", e);
        }
    }

    private static long number(JsonObject object, String name) {
        return object.members().get(name) instanceof JsonInteger(var value)
                ? value.longValueExact()
                : 0;
    }

    private static OptionalInt limit(JsonObject provider) {
        int limit = Math.toIntExact(number(provider, "max_concurrent"));
        return limit == 0 ? OptionalInt.empty() : OptionalInt.of(limit);
    }

    private static boolean truth(JsonObject object, String name) {
        return object.members().get(name) instanceof JsonBoolean(boolean truth) && truth;
    }

    /// Adds a version of a provider; the newest counts.
    @Transactional
    public void save(
            Permit permit, String tenant, String id, JsonObject definition, Optional<Secret> key) {
        byte[] sealed =
                key.map(
                                secret ->
                                        sealer.seal(
                                                secret.reveal().getBytes(StandardCharsets.UTF_8),
                                                context(tenant, id)))
                        .orElse(null);
        jdbc.sql(
                        """
                        INSERT INTO provider (tenant, id, version, definition, sealed_key, decision_id)
                        SELECT :tenant, :id, coalesce(max(version), 0) + 1, :definition, :key, :decision
                        FROM provider WHERE tenant = :tenant AND id = :id
                        """)
                .param("tenant", tenant)
                .param("id", id)
                .param("definition", CanonicalJson.JCS.bytes(definition))
                .param("key", sealed, Types.BINARY)
                .param("decision", permit.decisionId())
                .update();
        changes.get().announce(Changes.Kind.PROVIDER, permit.tenant());
    }
}
