package dev.soma.provider.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.Permit;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonFloat;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import dev.soma.provider.ModelTarget;
import dev.soma.provider.internal.CallHistory.Budgets;
import dev.soma.provider.internal.ModelProbe.Tried;
import dev.soma.provider.internal.ModelProfiles.Draft;
import dev.soma.provider.internal.ModelProfiles.NoSuchVersion;
import dev.soma.provider.internal.ModelProfiles.Profile;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/model-profiles` and `/v1/providers/primary`: which models answer in a tenant. A switch has
/// two phases: it is tried with a real call of each model, then put in force by its version; the
/// version before comes back with one call.
@RestController
@RunsIn(Role.API)
class ProfileRoutes {
    private static final String WRITE = "models:write";
    private static final String CACHE = "cache_seconds";
    private static final String LATENCY = "latency_budget_ms";
    private static final String ERRORS = "error_budget";
    private static final long MAX_LATENCY_MILLIS = 600_000;
    private static final int MAX_CACHE_SECONDS = 604_800;
    private static final int MAX_TARGETS = 8;

    private final ModelProfiles profiles;
    private final ProviderRegistry registry;
    private final ModelProbe probe;
    private final Authorizations authorizations;

    ProfileRoutes(
            ModelProfiles profiles,
            ProviderRegistry registry,
            ModelProbe probe,
            Authorizations authorizations) {
        this.profiles = profiles;
        this.registry = registry;
        this.probe = probe;
        this.authorizations = authorizations;
    }

    /// Every version, the newest of a name first.
    @GetMapping("/v1/model-profiles")
    ResponseEntity<byte[]> list(ActorContext caller, @RequestParam Optional<String> tenant) {
        ActorContext actor = Reply.inTenant(caller, tenant);
        Reply.permit(authorizations, actor, "models:read", "model-profiles");
        return Reply.list(
                profiles.list(actor.tenant()).stream()
                        .map(profile -> document(profile).build())
                        .toList());
    }

    /// `{tenant?, name, targets[], cache_seconds?, latency_budget_ms?,
    /// error_budget?}`: a version that is in force at once.
    @PutMapping("/v1/model-profiles")
    ResponseEntity<byte[]> put(ActorContext caller, @RequestBody byte[] bytes) {
        BodyReader body = BodyReader.of(bytes);
        ActorContext actor = Reply.inTenant(caller, body.optionalText("tenant"));
        String name = name(body);
        List<String> named = body.texts("targets");
        OptionalLong cached = body.optionalLong(CACHE, 0, MAX_CACHE_SECONDS);
        Budgets budgets =
                new Budgets(
                        body.optionalLong(LATENCY, 0, MAX_LATENCY_MILLIS).orElse(0),
                        body.optionalNumber(ERRORS, 0, 1).orElse(0));
        body.finish();
        Permit permit = Reply.permit(authorizations, actor, WRITE, "model-profile/" + name);
        List<ModelTarget> targets = targets(actor, body, named);
        Draft draft =
                new Draft(name, addresses(targets), Math.toIntExact(cached.orElse(0)), budgets);
        return Reply.ok(document(profiles.put(actor, permit, draft)).build());
    }

    /// `{tenant?, profile?, target, standins?[]}` tries and prepares; `{profile?, activate:
    /// version}`
    /// puts it in force; `{profile?, rollback: true}` brings the version before back.
    @PostMapping("/v1/providers/primary")
    ResponseEntity<byte[]> primary(ActorContext caller, @RequestBody byte[] bytes) {
        BodyReader body = BodyReader.of(bytes);
        ActorContext actor = Reply.inTenant(caller, body.optionalText("tenant"));
        String name = body.optionalText("profile").orElse(Profile.DEFAULT);
        Optional<String> target = body.optionalText("target");
        List<String> standins = body.texts("standins");
        OptionalLong version = body.optionalLong("activate", 1, Long.MAX_VALUE);
        boolean rollback = body.optionalBoolean("rollback").orElse(false);
        body.finish();
        if ((target.isPresent() ? 1 : 0) + (version.isPresent() ? 1 : 0) + (rollback ? 1 : 0)
                != 1) {
            throw body.refused("target", "or 'activate' or 'rollback' is needed, one of them");
        }
        Permit permit = Reply.permit(authorizations, actor, WRITE, "model-profile/" + name);
        if (target.isPresent()) {
            List<String> named = new ArrayList<>(List.of(target.get()));
            named.addAll(standins);
            return prepare(actor, permit, name, targets(actor, body, named));
        }
        long wanted =
                rollback
                        ? profiles.previous(actor.tenant(), name)
                                .orElseThrow(() -> none("There is no version before."))
                        : version.orElseThrow();
        try {
            return Reply.ok(document(profiles.activate(actor, permit, name, wanted)).build());
        } catch (NoSuchVersion e) {
            throw none("There is no such version.");
        }
    }

    private ResponseEntity<byte[]> prepare(
            ActorContext actor, Permit permit, String name, List<ModelTarget> targets) {
        List<Tried> tried = targets.stream().map(target -> probe.run(actor, target)).toList();
        List<JsonObject> told = tried.stream().map(Tried::document).toList();
        ObjectBuilder answer = JsonValue.object().put("tried", JsonValue.array(told));
        if (!tried.getFirst().answered()) {
            return Reply.json(409, answer.put("profile", name).put("state", "refused").build());
        }
        Optional<Profile> now = profiles.active(actor.tenant(), name);
        Draft draft =
                new Draft(
                        name,
                        addresses(targets),
                        now.map(Profile::cacheSeconds).orElse(0),
                        now.map(Profile::budgets).orElse(Budgets.NONE));
        Profile prepared = profiles.prepare(permit, draft);
        difference(actor, name, targets.getFirst()).ifPresent(diff -> answer.put("change", diff));
        document(prepared).build().members().forEach(answer::put);
        return Reply.created(answer.build());
    }

    /// What changes for callers, beside the model that answers now.
    private Optional<JsonObject> difference(ActorContext actor, String name, ModelTarget next) {
        return profiles.active(actor.tenant(), name)
                .flatMap(profile -> registry.resolve(actor, profile.targets().getFirst()))
                .map(
                        now ->
                                JsonValue.object()
                                        .put("from", now.address())
                                        .put("to", next.address())
                                        .put(
                                                "context_tokens",
                                                (long) next.contextTokens() - now.contextTokens())
                                        .put(
                                                "input_pico_usd",
                                                next.price().inputPico() - now.price().inputPico())
                                        .put(
                                                "output_pico_usd",
                                                next.price().outputPico()
                                                        - now.price().outputPico())
                                        .put("continues", JsonValue.of(next.continues()))
                                        .build());
    }

    private static String name(BodyReader body) {
        String name = body.text("name");
        if (!Identifiers.isSlug(name)) {
            throw body.refused("name", "must be 1 to 63 of a-z, 0-9, '.', '_' and '-'");
        }
        return name;
    }

    private List<ModelTarget> targets(ActorContext actor, BodyReader body, List<String> named) {
        if (named.isEmpty() || named.size() > MAX_TARGETS) {
            throw body.refused("targets", "must hold 1 to %d models".formatted(MAX_TARGETS));
        }
        List<ModelTarget> targets = new ArrayList<>();
        for (String name : named) {
            ModelTarget target =
                    registry.resolve(actor, name)
                            .orElseThrow(
                                    () ->
                                            body.refused(
                                                    "targets",
                                                    "names '%s', which is not a model"
                                                            .formatted(name)));
            if (addresses(targets).contains(target.address())) {
                throw body.refused("targets", "names '%s' twice".formatted(name));
            }
            targets.add(target);
        }
        return targets;
    }

    private static List<String> addresses(List<ModelTarget> targets) {
        return targets.stream().map(ModelTarget::address).toList();
    }

    private static RuntimeException none(String detail) {
        return Reply.refuse(ProblemKind.NOT_FOUND, detail);
    }

    private static ObjectBuilder document(Profile profile) {
        return JsonValue.object()
                .put("profile", profile.name())
                .put("version", profile.version())
                .put("targets", JsonValue.texts(profile.targets()))
                .put(CACHE, profile.cacheSeconds())
                .put(LATENCY, profile.budgets().latencyMillis())
                .put(ERRORS, new JsonFloat(profile.budgets().errorRatio()))
                .put("state", profile.state().name().toLowerCase(Locale.ROOT));
    }
}
