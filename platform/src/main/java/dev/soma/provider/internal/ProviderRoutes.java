package dev.soma.provider.internal;

import dev.soma.kernel.Actor;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.Permit;
import dev.soma.kernel.Secret;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonFloat;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.provider.Endpoint.Dialect;
import dev.soma.provider.ModelTarget;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.math.BigDecimal;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/providers`. Operators of the platform define providers for every tenant, a tenant's own for
/// itself.
@RestController
@RunsIn(Role.API)
class ProviderRoutes {
    private static final int MAX_MODELS = 256;
    private static final int MAX_CONCURRENT = 10_000;
    private static final int MAX_CONTEXT = 10_000_000;

    private final ProviderRegistry registry;
    private final ModelHealth health;
    private final QueuedProviderClient queue;
    private final ProviderSettings settings;
    private final Authorizations authorizations;

    ProviderRoutes(
            ProviderRegistry registry,
            ModelHealth health,
            QueuedProviderClient queue,
            ProviderSettings settings,
            Authorizations authorizations) {
        this.health = health;
        this.queue = queue;
        this.registry = registry;
        this.settings = settings;
        this.authorizations = authorizations;
    }

    @PostMapping("/v1/providers")
    ResponseEntity<byte[]> save(ActorContext actor, @RequestBody byte[] bytes) {
        BodyReader body = BodyReader.of(bytes);
        String id = body.text("id");
        String dialect = body.optionalText("dialect").orElse("openai");
        String url = body.text("base_url");
        Optional<Secret> key = body.optionalText("api_key").map(Secret::new);
        boolean privateNetwork = body.optionalBoolean("allow_private_network").orElse(false);
        OptionalLong limit = body.optionalLong("max_concurrent", 1, MAX_CONCURRENT);
        List<JsonObject> models =
                body.objects("models").stream().map(ProviderRoutes::model).toList();
        body.finish();
        if (!Identifiers.isSlug(id)) {
            throw body.refused("id", "must be 1 to 63 of a-z, 0-9, '.', '_' and '-'");
        }
        if (Stream.of(Dialect.values()).noneMatch(known -> known.wireName().equals(dialect))) {
            throw body.refused("dialect", "must be openai or anthropic");
        }
        if (models.isEmpty() || models.size() > MAX_MODELS) {
            throw body.refused("models", "must hold 1 to %d models".formatted(MAX_MODELS));
        }
        AddressGuard.objection(uri(body, url), settings, privateNetwork)
                .ifPresent(
                        objection -> {
                            throw body.refused("base_url", objection);
                        });
        Permit permit = Reply.permit(authorizations, actor, "providers:write", "provider/" + id);
        String tenant =
                actor.tenant().equals(Actor.SYSTEM.tenant())
                        ? ProviderRegistry.EVERYBODY
                        : actor.tenant().value();
        JsonObject definition =
                JsonValue.object()
                        .put("dialect", dialect)
                        .put(
                                "base_url",
                                url.endsWith("/") ? url.substring(0, url.length() - 1) : url)
                        .put("models", JsonValue.array(models))
                        .put("private_network", JsonValue.of(privateNetwork))
                        .put("max_concurrent", limit.orElse(0))
                        .build();
        registry.save(permit, tenant, id, definition, key);
        return Reply.created(
                JsonValue.object().put("id", id).put("models", JsonValue.array(models)).build());
    }

    private static URI uri(BodyReader body, String url) {
        try {
            return URI.create(url);
        } catch (IllegalArgumentException e) {
            throw body.refused("base_url", "is not a URL");
        }
    }

    private static JsonObject model(BodyReader model) {
        String id = model.text("id");
        long context = model.optionalLong("context_tokens", 1, MAX_CONTEXT).orElse(8_192);
        Optional<BodyReader> price = model.optionalObject("price");
        long input = price.map(reader -> pico(reader, "input_per_million")).orElse(0L);
        long output = price.map(reader -> pico(reader, "output_per_million")).orElse(0L);
        price.ifPresent(
                reader -> {
                    if (!reader.optionalText("currency").orElse("USD").equals("USD")) {
                        throw reader.refused("currency", "must be USD");
                    }
                    reader.finish();
                });
        boolean continues = model.optionalBoolean("continues").orElse(false);
        model.finish();
        if (id.isBlank() || id.length() > 256) {
            throw model.refused("id", "must have 1 to 256 characters");
        }
        return JsonValue.object()
                .put("id", id)
                .put("context_tokens", context)
                .put("input_pico", input)
                .put("output_pico", output)
                .put("continues", JsonValue.of(continues))
                .build();
    }

    /// USD for a million tokens is the same number in micro-USD for one; pico-USD keeps six
    /// decimals of it.
    private static long pico(BodyReader price, String name) {
        BigDecimal usd =
                switch (price.value(name).orElse(JsonValue.of(0))) {
                    case JsonInteger(var whole) -> new BigDecimal(whole);
                    case JsonFloat(double fraction) -> new BigDecimal(Double.toString(fraction));
                    default -> throw price.refused(name, "must be a number");
                };
        try {
            long pico = usd.movePointRight(6).longValueExact();
            if (pico >= 0 && pico <= 1_000_000_000_000L) {
                return pico;
            }
        } catch (ArithmeticException e) {
            throw price.refused(name, "must have at most six decimals");
        }
        throw price.refused(name, "must be from 0 to 1000000");
    }

    /// With how calls from this process find them: `resting` while the breaker keeps calls away.
    @GetMapping("/v1/providers")
    ResponseEntity<byte[]> list(ActorContext actor) {
        Reply.permit(authorizations, actor, "providers:read", "providers");
        List<JsonObject> items = new ArrayList<>();
        for (ModelTarget target : registry.models(actor)) {
            long rests = health.restLeftMillis(target);
            var item = JsonValue.object();
            target.endpoint().maxConcurrent().ifPresent(limit -> item.put("max_concurrent", limit));
            items.add(
                    item.put("health", health.health(target).document())
                            .put("waiting", queue.waiting(target.endpoint()))
                            .put("state", rests > 0 ? "resting" : "open")
                            .put("rests_millis", rests)
                            .put("model", target.address())
                            .put("base_url", target.endpoint().baseUrl().toString())
                            .put("dialect", target.endpoint().dialect().wireName())
                            .put("context_tokens", target.contextTokens())
                            .build());
        }
        return Reply.list(items);
    }
}
