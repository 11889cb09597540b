package dev.soma.policy.internal;

import dev.cel.runtime.CelRuntime;
import dev.soma.kernel.Digest;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// What a rule says of a request together with those before it: how many there may be in a window
/// of
/// time, how much they may add up to, how many different ones there may be, or which must have come
/// first.
///
/// @param when which requests it is about and counts; empty means all
/// @param before for `requires`, which earlier request it asks for
/// @param bound how far it looks back, and the most there may be with this request
/// @param of what is added up, or what is told apart
/// @param key names the state, so that a rule that changes begins anew
record SequenceRule(
        Kind kind,
        Scope scope,
        Optional<CelRuntime.Program> when,
        Optional<CelRuntime.Program> before,
        Bound bound,
        String of,
        String key) {
    private static final long MAX_WINDOW_SECONDS = 2_592_000;
    private static final Set<String> SUMMED = Set.of("characters", "messages", "risk_micro");
    private static final Set<String> TOLD_APART = Set.of("resource", "tool", "action", "session");

    /// @param windowSeconds how far the rule looks back
    /// @param max the most there may be
    record Bound(long windowSeconds, long max) {}

    /// With the most that its `max` may be, so that a state stays below 64 KiB.
    enum Kind {
        COUNT(1_000),
        SUM(1_000_000_000_000L),
        DISTINCT(250),
        REQUIRES(0);

        private final long most;

        Kind(long most) {
            this.most = most;
        }
    }

    /// Whose requests are looked at together.
    enum Scope {
        SESSION,
        USER,
        TENANT
    }

    /// Whether the rule is broken.
    ///
    /// @param observed for `requires` how many came before, else what there is with this request
    boolean isBroken(long observed) {
        return kind == Kind.REQUIRES ? observed == 0 : observed > bound.max();
    }

    /// @throws MalformedJson naming what is wrong with it
    static SequenceRule compile(String name, JsonObject source, Conditions conditions)
            throws MalformedJson {
        Kind kind = Kind.valueOf(source.text("kind").orElse("").toUpperCase(Locale.ROOT));
        Scope scope = Scope.valueOf(source.text("scope").orElse("").toUpperCase(Locale.ROOT));
        long window = whole(source, "within_seconds");
        long max = whole(source, "max");
        String of = source.text("of").orElse("");
        boolean sound =
                window >= 1
                        && window <= MAX_WINDOW_SECONDS
                        && max <= kind.most
                        && (kind == Kind.REQUIRES) == source.get("max").isEmpty()
                        && (kind == Kind.REQUIRES) == source.get("before").isPresent()
                        && switch (kind) {
                            case SUM -> SUMMED.contains(of);
                            case DISTINCT -> TOLD_APART.contains(of);
                            case COUNT, REQUIRES -> of.isEmpty();
                        };
        if (!sound) {
            throw new MalformedJson(
                    "the sequence of the rule '%s' does not fit its kind, or reaches too far"
                            .formatted(name));
        }
        byte[] canonical = CanonicalJson.JCS.bytes(source);
        return new SequenceRule(
                kind,
                scope,
                program(source, "when", conditions),
                program(source, "before", conditions),
                new Bound(window, max),
                of,
                name + "#" + Digest.sha256Hex(canonical).substring(0, 16));
    }

    private static long whole(JsonObject source, String name) {
        return source.members().get(name) instanceof JsonInteger(var number)
                        && number.bitLength() < 63
                ? number.longValueExact()
                : 0;
    }

    private static Optional<CelRuntime.Program> program(
            JsonObject source, String name, Conditions conditions) {
        return source.text(name).map(text -> conditions.compile(text).program());
    }

    /// Under which of the rule's states a request falls.
    String scopeKey(Facts facts) {
        String key =
                switch (scope) {
                    case SESSION -> "session/" + facts.session();
                    case USER -> "user/" + facts.user();
                    case TENANT -> "tenant";
                };
        // Names of sessions may be long, and users may have to be forgotten.
        return Digest.sha256Hex((facts.tenant() + "/" + key).getBytes(StandardCharsets.UTF_8));
    }

    /// What this request adds, in the unit of the sum; 1 for counts.
    long amount(Facts facts) {
        return switch (of) {
            case "characters" ->
                    facts.prompt().messages().stream()
                            .mapToLong(message -> message.text().length())
                            .sum();
            case "messages" -> facts.prompt().messages().size();
            // Nobody knows how dangerous it is: as dangerous as can be.
            case "risk_micro" ->
                    facts.tool()
                            .map(tool -> tool.riskMicro().orElse(Evaluator.FULL_SCORE_MICRO))
                            .orElse(0L);
            default -> 1;
        };
    }

    /// What tells this request apart from others.
    String value(Facts facts) {
        return switch (of) {
            case "resource" -> facts.resource();
            case "tool" -> facts.tool().map(Tool::id).orElse("");
            case "action" -> facts.action();
            case "session" -> facts.session();
            default -> "";
        };
    }
}
