package dev.soma.constitution.internal;

import dev.soma.constitution.Constitution;
import dev.soma.constitution.Constitutions;
import dev.soma.constitution.Constitutions.State;
import dev.soma.events.Changes;
import dev.soma.events.Standing;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.runtime.NodeSettings;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/governance/status`: what this node works under, and which nodes have taken up the last
/// changes. Whoever has a credential may read it; it names no tenant.
@RestController
@RunsIn(Role.API)
class GovernanceStatusRoutes {
    private final Constitutions constitutions;
    private final ConstitutionRepository repository;
    private final ConstitutionSettings settings;
    private final Changes changes;
    private final NodeSettings node;

    GovernanceStatusRoutes(
            Constitutions constitutions,
            ConstitutionRepository repository,
            ConstitutionSettings settings,
            Changes changes,
            NodeSettings node) {
        this.constitutions = constitutions;
        this.repository = repository;
        this.settings = settings;
        this.changes = changes;
        this.node = node;
    }

    @GetMapping("/v1/governance/status")
    ResponseEntity<byte[]> status(ActorContext actor) {
        Standing constitution = changes.standing(Changes.Kind.CONSTITUTION);
        return Reply.ok(
                JsonValue.object()
                        .put("node", node.id())
                        .put("current", JsonValue.of(changes.current()))
                        .put("bound_ms", constitution.bound().toMillis())
                        .put("constitution", constitution())
                        .put("constitution_switch", document(constitution))
                        .put("policy_switch", document(changes.standing(Changes.Kind.POLICY)))
                        .put(
                                "killswitch_switch",
                                document(changes.standing(Changes.Kind.KILLSWITCH)))
                        .build());
    }

    private JsonObject constitution() {
        var document = JsonValue.object().put("lease_ms", (long) settings.leaseMillis());
        Optional<Constitution> known =
                switch (constitutions.state()) {
                    case State.InForce(Constitution constitution) -> {
                        document.put("state", "in_force");
                        yield Optional.of(constitution);
                    }
                    case State.Stale(Constitution constitution) -> {
                        document.put("state", "stale");
                        yield Optional.of(constitution);
                    }
                    case State.Absent(String reason) -> {
                        document.put("state", "absent").put("reason", reason);
                        yield Optional.empty();
                    }
                };
        known.ifPresent(
                constitution ->
                        document.put("hash", constitution.hash())
                                .put("version", constitution.version())
                                .put("epoch", constitution.epoch()));
        known.flatMap(constitution -> repository.ageMillis(constitution.hash()))
                .ifPresent(age -> document.put("confirmed_ms_ago", age));
        return document.build();
    }

    private static JsonObject document(Standing standing) {
        List<JsonObject> nodes = new ArrayList<>();
        for (Standing.Node node : standing.nodes()) {
            var entry =
                    JsonValue.object()
                            .put("node", node.id())
                            .put("current", JsonValue.of(node.current()));
            node.acknowledged().ifPresent(at -> entry.put("acknowledged_at", at.toString()));
            nodes.add(entry.build());
        }
        var document = JsonValue.object().put("seq", standing.seq());
        standing.changedAt().ifPresent(at -> document.put("changed_at", at.toString()));
        standing.switchedAt().ifPresent(at -> document.put("switched_at", at.toString()));
        return document.put("nodes", JsonValue.array(nodes)).build();
    }
}
