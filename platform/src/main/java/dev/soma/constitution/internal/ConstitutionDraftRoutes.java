package dev.soma.constitution.internal;

import dev.soma.constitution.ConstitutionCheck;
import dev.soma.constitution.Quorum;
import dev.soma.constitution.SignedDocument;
import dev.soma.constitution.Statements;
import dev.soma.constitution.Statements.Reading;
import dev.soma.constitution.internal.ConstitutionDrafts.Draft;
import dev.soma.constitution.internal.ConstitutionRepository.Activation;
import dev.soma.constitution.internal.ConstitutionService.Enactment;
import dev.soma.kernel.Actor;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Permit;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/// A constitution's way into force without its source, and back: drafted, signed, activated; rolled
/// back with a statement of the signers. Only operators of the platform come here, and without
/// enough signatures they change nothing.
@RestController
@RunsIn(Role.API)
class ConstitutionDraftRoutes {
    private static final String WRITE = "constitution:write";

    private final ConstitutionService service;
    private final ConstitutionDrafts drafts;
    private final ConstitutionCheck check;
    private final Statements statements;
    private final Authorizations authorizations;

    ConstitutionDraftRoutes(
            ConstitutionService service,
            ConstitutionDrafts drafts,
            ConstitutionCheck check,
            Statements statements,
            Authorizations authorizations) {
        this.service = service;
        this.drafts = drafts;
        this.check = check;
        this.statements = statements;
        this.authorizations = authorizations;
    }

    private Permit permit(ActorContext actor, String what) {
        if (!actor.actor().tenant().equals(Actor.SYSTEM.tenant())) {
            throw Reply.refuse(
                    ProblemKind.CAPABILITY_MISSING,
                    "Constitutions are the platform's; only its operators change them.");
        }
        return Reply.permit(authorizations, actor, WRITE, "constitution/" + what);
    }

    /// `{constitution}`: a signed file, or one that still lacks signatures.
    @PostMapping("/v1/constitution/drafts")
    ResponseEntity<byte[]> create(ActorContext actor, @RequestBody byte[] bytes) {
        Permit permit = permit(actor, "drafts");
        BodyReader body = BodyReader.of(bytes);
        SignedDocument signed = file(body, "constitution");
        body.finish();
        return Reply.created(document(drafts.save(permit, actor, signed)));
    }

    @GetMapping("/v1/constitution/drafts/{id}")
    ResponseEntity<byte[]> find(ActorContext actor, @PathVariable String id) {
        permit(actor, "drafts/" + id);
        return Reply.ok(document(draft(id)));
    }

    /// `{signatures?}`: more signatures, in the form of the signed file. The draft goes in force
    /// when as many distinct signers have signed it as it and the operator ask for.
    @PostMapping("/v1/constitution/drafts/{id}/activate")
    ResponseEntity<byte[]> activate(
            ActorContext actor, @PathVariable String id, @RequestBody byte[] bytes) {
        permit(actor, "drafts/" + id);
        BodyReader body = BodyReader.of(bytes);
        List<JsonValue> more = body.items("signatures");
        body.finish();
        Draft draft = draft(id);
        SignedDocument signed = with(draft.signed(), SignedDocument.signatures(more));
        if (!(service.judge(signed) instanceof Quorum.Outcome.Met met)) {
            throw Reply.refuse(
                    ProblemKind.SIGNATURES_NEEDED,
                    "The draft cannot go in force: %s.".formatted(unmet(signed)));
        }
        Activation active = active(service.enact(signed, met));
        drafts.activated(draft, signed);
        return Reply.ok(document(active));
    }

    /// `{approval}`: the signed statement that a former constitution comes back.
    @PostMapping("/v1/constitution/rollback")
    ResponseEntity<byte[]> rollback(ActorContext actor, @RequestBody byte[] bytes) {
        permit(actor, "rollback");
        BodyReader body = BodyReader.of(bytes);
        JsonObject approval = object(body, "approval");
        body.finish();
        return switch (statements.read(
                approval, "constitution-rollback", Set.of("hash", "epoch"))) {
            case Reading.Refused(String reason) ->
                    throw Reply.refuse(
                            ProblemKind.SIGNATURES_NEEDED,
                            "The approval does not hold: %s.".formatted(reason));
            case Reading.Holds(JsonObject statement, String hash) ->
                    Reply.ok(document(active(restore(statement, hash))));
        };
    }

    /// The statement names the epoch that it makes, so it can be used once, and may be signed in
    /// advance.
    private Enactment restore(JsonObject statement, String approval) {
        if (statement.members().get("epoch") instanceof JsonInteger(var epoch)
                && epoch.signum() > 0
                && epoch.bitLength() < 63) {
            return service.restore(
                    statement.text("hash").orElse(""), epoch.longValueExact(), approval);
        }
        throw Reply.refuse(
                ProblemKind.INVALID_REQUEST, "The statement's 'epoch' is not a number above 0.");
    }

    private static Activation active(Enactment enactment) {
        return switch (enactment) {
            case Enactment.Active(Activation activation) -> activation;
            case Enactment.Refused(var alarm, String reason) ->
                    throw Reply.refuse(
                            ProblemKind.CONFLICT, "It cannot go in force: %s.".formatted(reason));
            case Enactment.Overtaken() ->
                    throw Reply.refuse(
                            ProblemKind.CONFLICT,
                            "Its epoch is not the next one: another constitution went in force, or the approval was used.");
        };
    }

    private String unmet(SignedDocument signed) {
        return service.judge(signed) instanceof Quorum.Outcome.NotMet(String reason)
                ? reason
                : "it changed meanwhile";
    }

    private static SignedDocument with(SignedDocument signed, List<SignedDocument.Signature> more) {
        List<SignedDocument.Signature> all = new ArrayList<>(signed.signatures());
        all.addAll(more);
        return new SignedDocument(signed.dialect(), signed.document(), signed.claimedHash(), all);
    }

    private Draft draft(String id) {
        try {
            return drafts.find(UUID.fromString(id)).orElseThrow(ConstitutionDraftRoutes::none);
        } catch (IllegalArgumentException e) {
            throw none();
        }
    }

    private static ProblemException none() {
        return Reply.refuse(ProblemKind.NOT_FOUND, "There is no such draft.");
    }

    private static JsonObject object(BodyReader body, String name) {
        if (body.value(name).orElse(null) instanceof JsonObject object) {
            return object;
        }
        throw body.refused(name, "must be a signed file {dialect, document, signatures}");
    }

    private static SignedDocument file(BodyReader body, String name) {
        try {
            return SignedDocument.parseFile(CanonicalJson.PYTHON.bytes(object(body, name)));
        } catch (MalformedJson e) {
            throw body.refused(name, "is not a constitution file: " + e.getMessage());
        }
    }

    private JsonObject document(Draft draft) {
        SignedDocument signed = draft.signed();
        var document =
                JsonValue.object()
                        .put("draft_id", draft.id().toString())
                        .put("hash", draft.hash())
                        .put("algorithm", signed.dialect().algorithm())
                        .put("dialect", signed.dialect().wireName())
                        .put("state", draft.state());
        check.objection(signed.document()).ifPresent(reason -> document.put("objection", reason));
        return switch (service.judge(signed)) {
            case Quorum.Outcome.Met met ->
                    document.put("signed", JsonValue.of(true))
                            .put("signers", JsonValue.texts(met.signers()))
                            .build();
            case Quorum.Outcome.NotMet(String reason) ->
                    document.put("signed", JsonValue.of(false)).put("missing", reason).build();
        };
    }

    private static JsonObject document(Activation activation) {
        return JsonValue.object()
                .put("hash", activation.hash())
                .put("version", activation.version())
                .put("epoch", activation.epoch())
                .put("origin", activation.origin().wireName())
                .put("signers", JsonValue.texts(activation.signers()))
                .build();
    }
}
