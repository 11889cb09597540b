package dev.soma.policy.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.policy.internal.DecisionRepository.Listed;
import dev.soma.policy.internal.DecisionRepository.Search;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/decisions`: the decision log, searchable.
@RestController
@RunsIn(Role.API)
class DecisionRoutes {
    private static final Set<String> PARAMETERS =
            Set.of("tenant", "decision", "rule", "user", "action", "from", "to", "cursor", "limit");
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;

    private final DecisionRepository decisions;
    private final Authorizations authorizations;

    DecisionRoutes(DecisionRepository decisions, Authorizations authorizations) {
        this.decisions = decisions;
        this.authorizations = authorizations;
    }

    @GetMapping("/v1/decisions")
    ResponseEntity<byte[]> search(
            ActorContext caller, @RequestParam Map<String, String> parameters) {
        for (String name : parameters.keySet()) {
            if (!PARAMETERS.contains(name)) {
                throw Reply.refuse(
                        ProblemKind.INVALID_REQUEST, "Decisions are not searched by that name.");
            }
        }
        ActorContext actor = Reply.inTenant(caller, Optional.ofNullable(parameters.get("tenant")));
        Reply.permit(authorizations, actor, "decisions:read", "decisions");
        int limit = limit(parameters.get("limit"));
        Search search =
                new Search(
                        Optional.ofNullable(parameters.get("decision")),
                        Optional.ofNullable(parameters.get("rule")),
                        Optional.ofNullable(parameters.get("user")),
                        Optional.ofNullable(parameters.get("action")),
                        time(parameters, "from"),
                        time(parameters, "to"),
                        Optional.ofNullable(parameters.get("cursor")).map(DecisionRoutes::id));
        List<Listed> found = decisions.search(actor, search, limit);
        var answer =
                JsonValue.object()
                        .put(
                                "items",
                                JsonValue.array(
                                        found.stream().map(DecisionRoutes::document).toList()));
        if (found.size() == limit) {
            answer.put("next", found.getLast().id().toString());
        }
        return Reply.ok(answer.build());
    }

    @GetMapping("/v1/decisions/{id}")
    ResponseEntity<byte[]> find(ActorContext actor, @PathVariable String id) {
        Reply.permit(authorizations, actor, "decisions:read", "decisions/" + id);
        return decisions
                .find(actor, id(id))
                .map(found -> Reply.ok(document(found)))
                .orElseThrow(
                        () -> Reply.refuse(ProblemKind.NOT_FOUND, "There is no such decision."));
    }

    private static int limit(@org.jspecify.annotations.Nullable String text) {
        try {
            int limit = text == null ? DEFAULT_LIMIT : Integer.parseInt(text);
            if (limit >= 1 && limit <= MAX_LIMIT) {
                return limit;
            }
        } catch (NumberFormatException e) {
            throw new ProblemException(Problem.at("/limit", "'limit' must be a number."));
        }
        throw new ProblemException(
                Problem.at("/limit", "'limit' must be 1 to %d.".formatted(MAX_LIMIT)));
    }

    private static Optional<Instant> time(Map<String, String> parameters, String name) {
        try {
            return Optional.ofNullable(parameters.get(name)).map(Instant::parse);
        } catch (DateTimeParseException e) {
            throw new ProblemException(
                    Problem.at(
                            "/" + name,
                            "'%s' must be a time such as 2026-01-31T00:00:00Z.".formatted(name)));
        }
    }

    private static UUID id(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw new ProblemException(
                    Problem.of(ProblemKind.NOT_FOUND, "There is no such decision."));
        }
    }

    private static JsonObject document(Listed decision) {
        var document =
                JsonValue.object()
                        .put("decision_id", decision.id().toString())
                        .put("user", decision.user())
                        .put("decided_at", decision.at().toString())
                        .put("action", decision.asked().action())
                        .put("resource", decision.asked().resource())
                        .put("session_id", decision.asked().session())
                        .put("decision", decision.answered().word())
                        .put("score_micro", decision.answered().scoreMicro())
                        .put("rules", JsonValue.texts(decision.answered().rules()))
                        .put("constitution_hash", decision.answered().constitutionHash())
                        .put("policy_version", decision.answered().policyVersion());
        decision.logIndex()
                .ifPresent(
                        index ->
                                document.put("log_origin", decision.logOrigin())
                                        .put("log_index", index));
        return document.build();
    }
}
