package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.spec.ProjectSpec;
import dev.soma.kamachiq.work.Payloads.Plan;
import dev.soma.kamachiq.work.PlannedTask;
import dev.soma.kamachiq.work.Planning;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.json.JsonValue;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/// `POST /v1/kamachiq/reach`: the plan of a specification, with nothing started and nothing paid.
@RestController
@RunsIn(Role.API)
class ReachRoutes {
    private final Planning planning;
    private final Authorizations authorizations;

    ReachRoutes(Planning planning, Authorizations authorizations) {
        this.planning = planning;
        this.authorizations = authorizations;
    }

    @PostMapping("/v1/kamachiq/reach")
    ResponseEntity<byte[]> reach(ActorContext actor, @RequestBody byte[] body) {
        Reply.permit(authorizations, actor, "projects:read", "reach");
        ProjectSpec spec = ProjectRoutes.read(body);
        Plan plan = planning.preview(actor.tenant().value(), spec, actor.actor()::holds);
        return Reply.ok(
                JsonValue.object()
                        .put("project", spec.id())
                        .put("spec_sha256", spec.digest())
                        .put("problem", plan.problem())
                        .put("gaps", JsonValue.texts(plan.gaps()))
                        .put("model", plan.model())
                        .put("wording", plan.wording())
                        .put("budget_tokens", spec.budgetTokens())
                        .put(
                                "estimated_tokens",
                                plan.tasks().stream().mapToLong(PlannedTask::estimatedTokens).sum())
                        .put("reader", plan.reader())
                        .put("concern", plan.concern())
                        .put("needs_approval", JsonValue.of(plan.needsApproval()))
                        .put(
                                "tasks",
                                JsonValue.array(
                                        plan.tasks().stream()
                                                .map(task -> ProjectDesk.planned(task).build())
                                                .toList()))
                        .build());
    }
}
