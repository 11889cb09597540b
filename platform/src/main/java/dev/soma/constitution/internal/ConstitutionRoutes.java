package dev.soma.constitution.internal;

import dev.soma.constitution.Constitution;
import dev.soma.constitution.ConstitutionCheck;
import dev.soma.constitution.Constitutions;
import dev.soma.constitution.Constitutions.State;
import dev.soma.constitution.SignedDocument;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.util.Optional;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/constitution`: reads, and a check of a document that changes nothing.
@RestController
@RunsIn(Role.API)
class ConstitutionRoutes {
    private final Constitutions constitutions;
    private final ConstitutionRepository repository;
    private final ConstitutionCheck check;

    ConstitutionRoutes(
            Constitutions constitutions,
            ConstitutionRepository repository,
            ConstitutionCheck check) {
        this.constitutions = constitutions;
        this.repository = repository;
        this.check = check;
    }

    @GetMapping("/v1/constitution")
    ResponseEntity<byte[]> summary(ActorContext actor) {
        return Reply.ok(describe(inForce()).build());
    }

    @GetMapping("/v1/constitution/{tenant}")
    ResponseEntity<byte[]> document(ActorContext caller, @PathVariable String tenant) {
        requireTenant(caller, tenant);
        Constitution constitution = inForce();
        return Reply.ok(describe(constitution).put("document", constitution.document()).build());
    }

    @GetMapping("/v1/constitution/{tenant}/hash")
    ResponseEntity<byte[]> hash(ActorContext caller, @PathVariable String tenant) {
        requireTenant(caller, tenant);
        return Reply.ok(JsonValue.object().put("hash", inForce().hash()).build());
    }

    @GetMapping("/v1/constitution/versions")
    ResponseEntity<byte[]> versions(ActorContext actor) {
        return Reply.list(
                repository.history().stream()
                        .map(
                                activation ->
                                        JsonValue.object()
                                                .put("epoch", activation.epoch())
                                                .put("hash", activation.hash())
                                                .put("version", activation.version())
                                                .put("origin", activation.origin().wireName())
                                                .put(
                                                        "signers",
                                                        JsonValue.texts(activation.signers()))
                                                .build())
                        .toList());
    }

    @PostMapping("/v1/constitution/validate")
    ResponseEntity<byte[]> validate(ActorContext actor, @RequestBody byte[] bytes) {
        try {
            SignedDocument signed = SignedDocument.parseFile(bytes);
            var objection = check.objection(signed.document());
            var answer =
                    JsonValue.object()
                            .put("valid", JsonValue.of(objection.isEmpty()))
                            .put("hash", signed.dialect().hash(signed.document()))
                            .put("algorithm", signed.dialect().algorithm());
            objection.ifPresent(reason -> answer.put("reason", reason));
            return Reply.ok(answer.build());
        } catch (MalformedJson e) {
            throw Reply.refuse(
                    ProblemKind.INVALID_REQUEST,
                    "The body is not a constitution file: " + e.getMessage() + ".");
        }
    }

    private static void requireTenant(ActorContext caller, String tenant) {
        if (!tenant.equals("global")) {
            Reply.inTenant(caller, Optional.of(tenant));
        }
    }

    private Constitution inForce() {
        return switch (constitutions.state()) {
            case State.InForce(Constitution constitution) -> constitution;
            case State.Stale(Constitution constitution) ->
                    throw Reply.refuse(
                            ProblemKind.GOVERNANCE_STALE,
                            "The constitution's source has not confirmed it in time.");
            case State.Absent(String reason) ->
                    throw Reply.refuse(
                            ProblemKind.CONSTITUTION_MISSING, "There is none: " + reason + ".");
        };
    }

    private static ObjectBuilder describe(Constitution constitution) {
        return JsonValue.object()
                .put("hash", constitution.hash())
                .put("algorithm", constitution.algorithm())
                .put("version", constitution.version())
                .put("epoch", constitution.epoch())
                .put("signers", JsonValue.texts(constitution.signers()));
    }
}
