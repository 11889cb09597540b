package dev.soma.policy.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Permit;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.policy.internal.DecisionRepository.Listed;
import dev.soma.policy.internal.PostgresApprovals.Waiting;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/approvals`: requests that wait for a person.
@RestController
@RunsIn(Role.API)
class ApprovalRoutes {
    private static final String DECIDE = "approvals:decide";
    private static final int MAX_COMMENT = 1_024;

    private final PostgresApprovals approvals;
    private final DecisionRepository decisions;
    private final Authorizations authorizations;

    ApprovalRoutes(
            PostgresApprovals approvals,
            DecisionRepository decisions,
            Authorizations authorizations) {
        this.approvals = approvals;
        this.decisions = decisions;
        this.authorizations = authorizations;
    }

    /// What waits, with what was asked, so that whoever decides knows on what.
    @GetMapping("/v1/approvals")
    ResponseEntity<byte[]> list(ActorContext caller, @RequestParam Optional<String> tenant) {
        ActorContext actor = Reply.inTenant(caller, tenant);
        Reply.permit(authorizations, actor, DECIDE, "approvals");
        List<Waiting> waiting = approvals.waiting(actor);
        Map<String, byte[]> inputs =
                decisions.inputs(actor, waiting.stream().map(Waiting::id).toList());
        return Reply.list(
                waiting.stream()
                        .map(one -> document(actor, one, inputs.get(one.id().toString())))
                        .toList());
    }

    /// `{decision: approve|deny, comment?}`; the one who asked may not decide.
    @PostMapping("/v1/approvals/{id}/decision")
    ResponseEntity<byte[]> decide(
            ActorContext caller,
            @PathVariable String id,
            @RequestParam Optional<String> tenant,
            @RequestBody byte[] bytes) {
        ActorContext actor = Reply.inTenant(caller, tenant);
        Permit permit = Reply.permit(authorizations, actor, DECIDE, "approvals/" + id);
        BodyReader body = BodyReader.of(bytes);
        boolean approve =
                switch (body.text("decision")) {
                    case "approve" -> true;
                    case "deny" -> false;
                    default -> throw body.refused("decision", "must be approve or deny");
                };
        String comment = body.optionalText("comment").orElse("");
        if (comment.length() > MAX_COMMENT) {
            throw body.refused("comment", "may have %d characters".formatted(MAX_COMMENT));
        }
        body.finish();
        return switch (approvals.decide(permit, actor, uuid(id), approve, comment)) {
            case DECIDED ->
                    Reply.ok(
                            JsonValue.object()
                                    .put("approval_id", id)
                                    .put("state", approve ? "approved" : "denied")
                                    .build());
            case UNKNOWN -> throw none();
            case OWN ->
                    throw Reply.refuse(
                            ProblemKind.FOUR_EYES, "Somebody other than who asked has to decide.");
            case OVER ->
                    throw Reply.refuse(
                            ProblemKind.CONFLICT, "It has been decided already, or has expired.");
        };
    }

    private static UUID uuid(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw none();
        }
    }

    private static ProblemException none() {
        return Reply.refuse(ProblemKind.NOT_FOUND, "There is no such approval.");
    }

    private JsonObject document(
            ActorContext actor, Waiting waiting, byte @org.jspecify.annotations.Nullable [] input) {
        var document =
                JsonValue.object()
                        .put("approval_id", waiting.id().toString())
                        .put("user", waiting.user())
                        .put("opened_at", waiting.openedAt().toString())
                        .put("expires_at", waiting.expiresAt().toString());
        decisions
                .find(actor, waiting.id())
                .map(Listed::answered)
                .ifPresent(answer -> document.put("rules", JsonValue.texts(answer.rules())));
        if (input != null) {
            JsonObject asked = parse(input);
            asked.get("action").ifPresent(action -> document.put("action", action));
            asked.get("resource").ifPresent(resource -> document.put("resource", resource));
            asked.get("messages").ifPresent(messages -> document.put("messages", messages));
        }
        return document.build();
    }

    private static JsonObject parse(byte[] input) {
        try {
            return StrictJson.parseObject(input);
        } catch (MalformedJson e) {
            throw new IllegalStateException("a kept input is not JSON any more", e);
        }
    }
}
