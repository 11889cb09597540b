package dev.soma.policy.internal;

import dev.soma.constitution.Constitution;
import dev.soma.constitution.Constitutions;
import dev.soma.constitution.Constitutions.State;
import dev.soma.constitution.SignedDocument;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.policy.internal.PolicySnapshots.Snapshot;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.util.List;
import java.util.Optional;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/// What another constitution would change for a tenant. Needs no signatures, changes nothing.
@RestController
@RunsIn(Role.API)
class ConstitutionSimulationRoutes {
    private static final int DEFAULT_LAST = 200;

    private final PolicySnapshots snapshots;
    private final PolicyService policy;
    private final Constitutions constitutions;
    private final Simulation simulation;
    private final Authorizations authorizations;

    ConstitutionSimulationRoutes(
            PolicySnapshots snapshots,
            PolicyService policy,
            Constitutions constitutions,
            Simulation simulation,
            Authorizations authorizations) {
        this.snapshots = snapshots;
        this.policy = policy;
        this.constitutions = constitutions;
        this.simulation = simulation;
        this.authorizations = authorizations;
    }

    /// `{constitution, tenant?, last?}`.
    @PostMapping("/v1/constitution/simulate")
    ResponseEntity<byte[]> simulate(ActorContext caller, @RequestBody byte[] bytes) {
        BodyReader body = BodyReader.of(bytes);
        ActorContext actor = Reply.inTenant(caller, body.optionalText("tenant"));
        Reply.permit(authorizations, actor, "policies:write", "constitution/simulate");
        Constitution draft = constitution(body);
        int last =
                (int) body.optionalLong("last", 0, Simulation.MAX_DECISIONS).orElse(DEFAULT_LAST);
        body.finish();
        Optional<String> objection = policy.objection(draft.document());
        if (objection.isPresent()) {
            throw Reply.refuse(
                    ProblemKind.INVALID_REQUEST,
                    "The constitution cannot be enforced: %s.".formatted(objection.get()));
        }
        if (!(constitutions.state() instanceof State.InForce(Constitution inForce))) {
            throw Reply.refuse(
                    ProblemKind.CONSTITUTION_MISSING, "There is nothing to compare with.");
        }
        Snapshot snapshot =
                snapshots
                        .of(actor.tenant())
                        .orElseThrow(
                                () ->
                                        Reply.refuse(
                                                ProblemKind.NOT_FOUND, "There is no such tenant."));
        return Reply.ok(
                simulation.run(
                        actor,
                        snapshot.tools().values(),
                        new Simulation.Law(inForce, snapshot.pack()),
                        new Simulation.Law(draft, snapshot.pack()),
                        last));
    }

    private static Constitution constitution(BodyReader body) {
        if (!(body.value("constitution").orElse(null) instanceof JsonObject file)) {
            throw body.refused("constitution", "must be a file {dialect, document}");
        }
        try {
            SignedDocument signed = SignedDocument.parseFile(CanonicalJson.PYTHON.bytes(file));
            return new Constitution(
                    signed.document(),
                    signed.dialect().hash(signed.document()),
                    signed.dialect().algorithm(),
                    signed.document().text("version").orElse(""),
                    0,
                    List.of());
        } catch (MalformedJson e) {
            throw body.refused("constitution", "is not a constitution file: " + e.getMessage());
        }
    }
}
