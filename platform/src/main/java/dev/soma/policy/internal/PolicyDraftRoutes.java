package dev.soma.policy.internal;

import dev.soma.constitution.Constitution;
import dev.soma.constitution.Constitutions;
import dev.soma.constitution.Constitutions.State;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Permit;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.policy.internal.PolicyDrafts.Draft;
import dev.soma.policy.internal.PolicySnapshots.Snapshot;
import dev.soma.policy.internal.RulePacks.Stored;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/// The way of a rule pack into force: drafted, simulated on what was decided before, watched beside
/// the pack in force, and activated; back again with one step.
@RestController
@RunsIn(Role.API)
class PolicyDraftRoutes {
    private static final String WRITE = "policies:write";
    private static final int DEFAULT_LAST = 200;

    private final RulePacks packs;
    private final PolicyDrafts drafts;
    private final Simulation simulation;
    private final Loosening loosening;
    private final Judging judging;
    private final Authorizations authorizations;

    /// What is in force.
    record Judging(PolicySnapshots snapshots, Constitutions constitutions) {}

    PolicyDraftRoutes(
            RulePacks packs,
            PolicyDrafts drafts,
            Simulation simulation,
            Loosening loosening,
            Judging judging,
            Authorizations authorizations) {
        this.packs = packs;
        this.drafts = drafts;
        this.simulation = simulation;
        this.loosening = loosening;
        this.judging = judging;
        this.authorizations = authorizations;
    }

    private record Writing(ActorContext actor, Permit permit, Stored inForce) {}

    private Writing writing(ActorContext caller, String tenant, String what) {
        ActorContext actor = Reply.inTenant(caller, Optional.of(tenant));
        Permit permit =
                Reply.permit(authorizations, actor, WRITE, "policy/%s%s".formatted(tenant, what));
        return new Writing(
                actor,
                permit,
                packs.latest(actor)
                        .orElseThrow(
                                () ->
                                        Reply.refuse(
                                                ProblemKind.NOT_FOUND,
                                                "There is no such tenant.")));
    }

    /// `{pack}`.
    @PostMapping("/v1/policies/{tenant}/drafts")
    ResponseEntity<byte[]> create(
            ActorContext caller, @PathVariable String tenant, @RequestBody byte[] bytes) {
        Writing writing = writing(caller, tenant, "/drafts");
        BodyReader body = BodyReader.of(bytes);
        JsonObject pack = pack(body, "pack");
        body.finish();
        String digest = compiled(pack).digest();
        return Reply.created(
                document(
                        drafts.save(writing.permit(), writing.actor(), pack, digest),
                        writing.inForce()));
    }

    @GetMapping("/v1/policies/{tenant}/drafts/{id}")
    ResponseEntity<byte[]> find(
            ActorContext caller, @PathVariable String tenant, @PathVariable String id) {
        Writing writing = writing(caller, tenant, "/drafts/" + id);
        return Reply.ok(document(draft(writing, id), writing.inForce()));
    }

    @PostMapping("/v1/policies/{tenant}/drafts/{id}/shadow")
    ResponseEntity<byte[]> watch(
            ActorContext caller, @PathVariable String tenant, @PathVariable String id) {
        Writing writing = writing(caller, tenant, "/drafts/" + id);
        Draft draft = draft(writing, id);
        drafts.watch(writing.permit(), draft.id());
        return Reply.ok(document(draft(writing, id), writing.inForce()));
    }

    /// `{approval?}`: the signed statement that a pack which loosens something needs.
    @PostMapping("/v1/policies/{tenant}/drafts/{id}/activate")
    ResponseEntity<byte[]> activate(
            ActorContext caller,
            @PathVariable String tenant,
            @PathVariable String id,
            @RequestBody byte[] bytes) {
        Writing writing = writing(caller, tenant, "/drafts/" + id);
        Draft draft = draft(writing, id);
        Optional<JsonObject> approval = approval(bytes);
        loosening.require(writing.actor(), writing.inForce().pack(), draft.pack(), approval);
        return Reply.ok(PolicyRoutes.document(drafts.activate(writing.permit(), draft)));
    }

    /// `{approval?}`: puts the pack before the present one in force again, as a new version.
    @PostMapping("/v1/policies/{tenant}/rollback")
    ResponseEntity<byte[]> rollback(
            ActorContext caller, @PathVariable String tenant, @RequestBody byte[] bytes) {
        Writing writing = writing(caller, tenant, "/rollback");
        Optional<JsonObject> approval = approval(bytes);
        Stored former =
                packs.before(writing.actor(), writing.inForce())
                        .orElseThrow(
                                () ->
                                        Reply.refuse(
                                                ProblemKind.CONFLICT,
                                                "There is no former pack to go back to."));
        loosening.require(writing.actor(), writing.inForce().pack(), former.pack(), approval);
        return Reply.ok(
                PolicyRoutes.document(
                        packs.save(writing.permit(), former.pack(), former.digest())));
    }

    /// `{pack | draft_id, last?}`: what such a pack would change.
    @PostMapping("/v1/policies/{tenant}/simulate")
    ResponseEntity<byte[]> simulate(
            ActorContext caller, @PathVariable String tenant, @RequestBody byte[] bytes) {
        ActorContext actor = Reply.inTenant(caller, Optional.of(tenant));
        Reply.permit(authorizations, actor, WRITE, "policy/" + tenant + "/simulate");
        BodyReader body = BodyReader.of(bytes);
        Optional<String> id = body.optionalText("draft_id");
        if (id.isPresent() == body.value("pack").isPresent()) {
            throw body.refused("pack", "or 'draft_id' is needed, one of them");
        }
        int last =
                (int) body.optionalLong("last", 0, Simulation.MAX_DECISIONS).orElse(DEFAULT_LAST);
        JsonObject pack =
                id.isPresent()
                        ? drafts.find(actor, uuid(id.get()))
                                .map(Draft::pack)
                                .orElseThrow(PolicyDraftRoutes::none)
                        : pack(body, "pack");
        body.finish();
        if (!(judging.constitutions().state()
                instanceof State.InForce(Constitution constitution))) {
            throw Reply.refuse(
                    ProblemKind.CONSTITUTION_MISSING, "There is nothing to simulate under.");
        }
        Snapshot snapshot =
                judging.snapshots().of(actor.tenant()).orElseThrow(PolicyDraftRoutes::none);
        return Reply.ok(
                simulation.run(
                        actor,
                        snapshot.tools().values(),
                        new Simulation.Law(constitution, snapshot.pack()),
                        new Simulation.Law(constitution, compiled(pack)),
                        last));
    }

    private Draft draft(Writing writing, String id) {
        return drafts.find(writing.actor(), uuid(id)).orElseThrow(PolicyDraftRoutes::none);
    }

    private static UUID uuid(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            throw none();
        }
    }

    private static ProblemException none() {
        return Reply.refuse(ProblemKind.NOT_FOUND, "There is no such draft.");
    }

    private static Optional<JsonObject> approval(byte[] bytes) {
        BodyReader body = BodyReader.of(bytes);
        Optional<JsonObject> approval = body.value("approval").map(value -> object(body, value));
        body.finish();
        return approval;
    }

    private static JsonObject object(BodyReader body, JsonValue value) {
        if (value instanceof JsonObject object) {
            return object;
        }
        throw body.refused("approval", "must be a signed file");
    }

    private static JsonObject pack(BodyReader body, String name) {
        if (body.value(name).orElse(null) instanceof JsonObject pack) {
            return pack;
        }
        throw body.refused(name, "must be a rule pack");
    }

    private RulePack compiled(JsonObject pack) {
        try {
            return packs.compile(pack);
        } catch (MalformedJson e) {
            throw Reply.refuse(
                    ProblemKind.INVALID_REQUEST, "The pack is refused: " + e.getMessage() + ".");
        }
    }

    private JsonObject document(Draft draft, Stored inForce) {
        List<String> loosens = PackChange.loosens(inForce.pack(), draft.pack());
        return JsonValue.object()
                .put("draft_id", draft.id().toString())
                .put("digest", draft.digest())
                .put("state", draft.state())
                .put("loosens", JsonValue.texts(loosens))
                .put("shadow", JsonValue.array(drafts.counts(draft.id())))
                .build();
    }
}
