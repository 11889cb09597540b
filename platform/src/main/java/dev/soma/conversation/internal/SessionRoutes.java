package dev.soma.conversation.internal;

import dev.soma.conversation.Turns.OnBusy;
import dev.soma.conversation.internal.JournalRepository.Place;
import dev.soma.conversation.internal.SessionRepository.Manner;
import dev.soma.conversation.internal.SessionRepository.Session;
import dev.soma.conversation.internal.SessionRepository.TurnRow;
import dev.soma.conversation.internal.SessionStarts.Outcome;
import dev.soma.conversation.internal.StopIntents.Intent;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/sessions`: a caller's own sessions. Those of others do not exist for it.
@RestController
@RunsIn(Role.API)
class SessionRoutes {
    private static final int MAX_PAGE = 200;
    private static final int MAX_TURNS = 100;
    private static final int MAX_SYSTEM = 262_144;
    private static final int MAX_REASON = 256;
    private static final byte[] NO_BODY = {'{', '}'};

    private final SessionStarts starts;
    private final SessionRepository sessions;
    private final StopIntents stops;
    private final Authorizations authorizations;
    private final Identifiers identifiers;

    SessionRoutes(
            SessionStarts starts,
            SessionRepository sessions,
            StopIntents stops,
            Authorizations authorizations,
            Identifiers identifiers) {
        this.authorizations = authorizations;
        this.starts = starts;
        this.sessions = sessions;
        this.stops = stops;
        this.identifiers = identifiers;
    }

    /// `{session_id?, model?, system?, on_busy?, metadata?}`.
    @PostMapping("/v1/sessions/start")
    ResponseEntity<byte[]> start(
            ActorContext actor,
            @RequestBody byte[] bytes,
            @RequestHeader("X-Approval-Id") Optional<String> approval) {
        BodyReader body = BodyReader.of(bytes);
        String id = body.optionalText("session_id").orElseGet(() -> identifiers.next().toString());
        if (!Identifiers.isSlug(id)) {
            throw body.refused("session_id", "must be 1 to 63 of a-z, 0-9, '.', '_' and '-'");
        }
        String system = body.optionalText("system").orElse("");
        if (system.length() > MAX_SYSTEM) {
            throw body.refused("system", "may have %d characters".formatted(MAX_SYSTEM));
        }
        Manner manner =
                new Manner(
                        body.optionalText("model").orElse(""),
                        system,
                        body.optionalChoice("on_busy", OnBusy.class).orElse(OnBusy.REJECT));
        body.optionalObject("metadata");
        body.finish();
        Outcome outcome = starts.start(actor, id, manner, approval.map(SessionRoutes::approval));
        return outcome.refused()
                .map(refused -> refused(actor, refused))
                .orElseGet(() -> started(outcome.started().orElseThrow()));
    }

    private static UUID approval(String text) {
        return uuid(text)
                .orElseThrow(
                        () ->
                                Reply.refuse(
                                        ProblemKind.INVALID_REQUEST,
                                        "'X-Approval-Id' is not an approval's id."));
    }

    private static Optional<UUID> uuid(String text) {
        try {
            return Optional.of(UUID.fromString(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static ResponseEntity<byte[]> started(SessionStarts.Started started) {
        JsonObject document =
                document(started.session())
                        .put("decision", "allow")
                        .put("decision_id", started.decision().id().toString())
                        .put("constitution_hash", started.decision().verdict().constitutionHash())
                        .put("token", started.token().token())
                        .put("token_expires_at", started.token().expiresAt().toString())
                        .build();
        return decided(201, started.decision())
                .contentType(MediaType.APPLICATION_JSON)
                .body(CanonicalJson.JCS.bytes(document));
    }

    private static ResponseEntity<byte[]> refused(
            ActorContext actor, SessionStarts.Refused refused) {
        Problem problem = refused.problem();
        return decided(problem.kind().status(), refused.decision())
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .header("X-Problem-Type", problem.kind().uri())
                .body(CanonicalJson.JCS.bytes(problem.document(actor.requestId())));
    }

    private static ResponseEntity.BodyBuilder decided(int status, RecordedDecision decision) {
        return ResponseEntity.status(status)
                .header("X-Policy-Decision", decision.verdict().word().wireName())
                .header("X-Policy-Score", decision.verdict().score())
                .header("X-Constitution-Hash", decision.verdict().constitutionHash())
                .header("X-Decision-Id", decision.id().toString());
    }

    /// The newest first.
    ///
    /// @param cursor id of the last session of the page before
    @GetMapping("/v1/sessions")
    ResponseEntity<byte[]> list(
            ActorContext actor,
            @RequestParam Optional<String> limit,
            @RequestParam Optional<String> cursor) {
        requireChat(actor);
        int size = limit.map(SessionRoutes::size).orElse(50);
        Optional<Session> before = cursor.map(id -> own(actor, id));
        List<Session> page =
                sessions.list(
                        actor.tenant().value(), actor.actor().user().value(), before, size + 1);
        List<Session> shown = page.subList(0, Math.min(size, page.size()));
        ObjectBuilder document =
                JsonValue.object()
                        .put(
                                "items",
                                JsonValue.array(
                                        shown.stream()
                                                .map(session -> document(session).build())
                                                .toList()));
        if (page.size() > size) {
            document.put("next_cursor", shown.getLast().id());
        }
        return Reply.ok(document.build());
    }

    private static int size(String text) {
        if (text.matches("[1-9][0-9]{0,2}") && Integer.parseInt(text) <= MAX_PAGE) {
            return Integer.parseInt(text);
        }
        throw new ProblemException(
                Problem.at("/limit", "'limit' must be a number from 1 to %d.".formatted(MAX_PAGE)));
    }

    @GetMapping("/v1/sessions/{id}")
    ResponseEntity<byte[]> get(ActorContext actor, @PathVariable String id) {
        Session session = own(actor, id);
        List<JsonObject> turns =
                sessions.turns(place(actor, id), MAX_TURNS).stream()
                        .map(SessionRoutes::document)
                        .toList();
        return Reply.ok(document(session).put("turns", JsonValue.array(turns)).build());
    }

    /// `{turn_id?, reason?}`: stops that turn, or without one the session and whatever it runs.
    @PostMapping("/v1/sessions/{id}/stop")
    ResponseEntity<byte[]> stop(
            ActorContext actor, @PathVariable String id, @RequestBody(required = false) byte[] in) {
        BodyReader body = BodyReader.of(in == null || in.length == 0 ? NO_BODY : in);
        Optional<UUID> named =
                body.optionalText("turn_id")
                        .map(
                                text ->
                                        uuid(text)
                                                .orElseThrow(
                                                        () ->
                                                                body.refused(
                                                                        "turn_id",
                                                                        "is not a turn's id")));
        String reason = body.optionalText("reason").orElse("requested");
        if (reason.isBlank() || reason.length() > MAX_REASON) {
            throw body.refused("reason", "must have 1 to %d characters".formatted(MAX_REASON));
        }
        body.finish();
        Reply.permit(authorizations, actor, "chat", "session/" + id + "/stop");
        Place place = place(actor, id);
        Session session = own(actor, id);
        if (named.isEmpty()) {
            sessions.end(place);
        }
        named.or(session::running)
                .ifPresent(turn -> stops.ask(place, new Intent(turn, reason, true)));
        ObjectBuilder answer = document(own(actor, id));
        named.ifPresent(
                turn ->
                        answer.put("turn_id", turn.toString())
                                .put(
                                        "turn_state",
                                        sessions.stateOf(place, turn)
                                                .orElseThrow(
                                                        () ->
                                                                Reply.refuse(
                                                                        ProblemKind.NOT_FOUND,
                                                                        "There is no such turn."))));
        return Reply.json(202, answer.build());
    }

    private static Place place(ActorContext actor, String id) {
        return new Place(actor.tenant().value(), id);
    }

    private static void requireChat(ActorContext actor) {
        if (!actor.actor().holds("chat")) {
            throw Reply.refuse(
                    ProblemKind.CAPABILITY_MISSING, "Sessions take the capability 'chat'.");
        }
    }

    private Session own(ActorContext actor, String id) {
        requireChat(actor);
        return sessions.find(place(actor, id))
                .filter(session -> session.owner().equals(actor.actor().user().value()))
                .orElseThrow(
                        () -> Reply.refuse(ProblemKind.NOT_FOUND, "There is no such session."));
    }

    private static ObjectBuilder document(Session session) {
        ObjectBuilder document =
                JsonValue.object()
                        .put("session_id", session.id())
                        .put("state", session.ended() ? "ended" : "open")
                        .put("model", session.manner().model())
                        .put("system", session.manner().system())
                        .put("on_busy", session.manner().onBusy().name().toLowerCase(Locale.ROOT))
                        .put("last_seq", session.head())
                        .put("created_at", session.times().createdAt().toInstant().toString())
                        .put("used_at", session.times().usedAt().toInstant().toString());
        session.running().ifPresent(turn -> document.put("running_turn", turn.toString()));
        return document;
    }

    private static JsonObject document(TurnRow turn) {
        return JsonValue.object()
                .put("turn_id", turn.id().toString())
                .put("state", turn.state().toLowerCase(Locale.ROOT))
                .put("reason", turn.reason())
                .put("model", turn.model())
                .put("decision_id", turn.decision().toString())
                .put("first_seq", turn.firstSeq())
                .put("started_at", turn.startedAt().toInstant().toString())
                .build();
    }
}
