package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.spec.ProjectSpec;
import dev.soma.kamachiq.work.Payloads.Choice;
import dev.soma.kamachiq.work.Payloads.HumanWord;
import dev.soma.kamachiq.work.Payloads.Urgency;
import dev.soma.kamachiq.work.ProjectWorkflow;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Permit;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.metering.ProjectBudgets;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/kamachiq/projects/{project}/...`: steers projects that are there, and what waits for
/// people.
@RestController
@RunsIn(Role.API)
class SteeringRoutes {
    private static final int MAX_REASON = 2_000;
    private static final long MAX_TOP_UP = 1L << 50;

    private final Projects projects;
    private final ProjectDesk desk;
    private final ProjectBudgets budgets;
    private final Authorizations authorizations;

    SteeringRoutes(
            Projects projects,
            ProjectDesk desk,
            ProjectBudgets budgets,
            Authorizations authorizations) {
        this.projects = projects;
        this.desk = desk;
        this.budgets = budgets;
        this.authorizations = authorizations;
    }

    /// More money for a project that is under way.
    @PostMapping("/v1/kamachiq/projects/{project}/top-up")
    ResponseEntity<byte[]> topUp(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant,
            @RequestBody byte[] bytes) {
        ActorContext actor = Reply.inTenant(caller, tenant);
        Permit permit = Reply.permit(authorizations, actor, "budgets:write", "projects/" + project);
        BodyReader body = BodyReader.of(bytes);
        long tokens =
                body.optionalLong("tokens", 1, MAX_TOP_UP)
                        .orElseThrow(() -> body.refused("tokens", "is needed"));
        body.finish();
        if (budgets.accounts(actor.tenant(), project).isEmpty()) {
            throw ProjectDesk.missing("The project has no budget.");
        }
        budgets.topUp(permit, project, tokens);
        return desk.ledger(actor, project);
    }

    @PostMapping("/v1/kamachiq/projects/{project}/pause")
    ResponseEntity<byte[]> pause(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = desk.permitted(caller, tenant, "projects:write", project);
        return steer(actor, project, ProjectWorkflow::pause);
    }

    @PostMapping("/v1/kamachiq/projects/{project}/resume")
    ResponseEntity<byte[]> resume(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = desk.permitted(caller, tenant, "projects:write", project);
        return steer(actor, project, ProjectWorkflow::resume);
    }

    @PostMapping("/v1/kamachiq/projects/{project}/cancel")
    ResponseEntity<byte[]> cancel(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = desk.permitted(caller, tenant, "projects:write", project);
        return steer(actor, project, ProjectWorkflow::cancel);
    }

    private ResponseEntity<byte[]> steer(
            ActorContext actor, String project, Consumer<ProjectWorkflow> order) {
        projects.ask(
                actor.tenant().value(),
                project,
                workflow -> {
                    order.accept(workflow);
                    return true;
                });
        return desk.status(actor, project);
    }

    @PostMapping("/v1/kamachiq/projects/{project}/decision")
    ResponseEntity<byte[]> decide(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant,
            @RequestBody byte[] bytes) {
        ActorContext actor = desk.permitted(caller, tenant, "projects:decide", project);
        BodyReader body = BodyReader.of(bytes);
        Choice choice =
                body.optionalChoice("decision", Choice.class)
                        .orElseThrow(() -> body.refused("decision", "is needed"));
        String task = body.optionalText("task").orElse("");
        String reason = body.optionalText("reason").orElse("");
        Optional<String> text = body.optionalText("specification");
        body.finish();
        requireShort(body, reason);
        String spec = choice == Choice.AMEND ? amendment(actor, project, body, text) : "";
        return decide(actor, project, new HumanWord(task, choice, person(actor), reason, spec));
    }

    /// @return digest of the other specification
    private String amendment(
            ActorContext actor, String project, BodyReader body, Optional<String> text) {
        byte[] bytes =
                text.orElseThrow(() -> body.refused("specification", "is needed to amend it"))
                        .getBytes(StandardCharsets.UTF_8);
        requireId(ProjectRoutes.required(actor, bytes), project);
        return projects.keep(bytes);
    }

    private static void requireId(ProjectSpec spec, String project) {
        if (!spec.id().equals(project)) {
            throw new ProblemException(
                    Problem.at("/specification", "The id in it is not that of the project."));
        }
    }

    private static void requireShort(BodyReader body, String reason) {
        if (reason.length() > MAX_REASON) {
            throw body.refused("reason", "is at most %d characters".formatted(MAX_REASON));
        }
    }

    private ResponseEntity<byte[]> decide(ActorContext actor, String project, HumanWord word) {
        if (projects.isBy(actor.tenant().value(), project, word.by())) {
            throw Reply.refuse(
                    ProblemKind.FOUR_EYES,
                    "Who handed a project in does not decide on it; ask somebody else.");
        }
        projects.requireUnclaimed(actor.tenant(), project, word.task(), word.by());
        return steer(actor, project, workflow -> workflow.decide(word));
    }

    /// Lets the plan be carried out that a project waits with.
    @PostMapping("/v1/kamachiq/projects/{project}/approve-plan")
    ResponseEntity<byte[]> approvePlan(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = desk.permitted(caller, tenant, "projects:decide", project);
        return decide(actor, project, new HumanWord("", Choice.APPROVE, person(actor), ""));
    }

    /// A task is to begin before others, or after them.
    @PostMapping("/v1/kamachiq/projects/{project}/reprioritise")
    ResponseEntity<byte[]> reprioritise(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant,
            @RequestBody byte[] bytes) {
        ActorContext actor = desk.permitted(caller, tenant, "projects:write", project);
        BodyReader body = BodyReader.of(bytes);
        String task = body.text("task");
        long priority =
                body.optionalLong("priority", 1, 5)
                        .orElseThrow(() -> body.refused("priority", "is needed"));
        body.finish();
        Urgency urgency = new Urgency(task, (int) priority, person(actor));
        return steer(actor, project, workflow -> workflow.reprioritise(urgency));
    }

    /// A project that goes on from one that has ended: what is made of the same is taken over.
    @PostMapping("/v1/kamachiq/projects/{project}/fork")
    ResponseEntity<byte[]> fork(
            ActorContext actor, @PathVariable String project, @RequestBody byte[] bytes) {
        desk.permitted(actor, Optional.empty(), "projects:write", project);
        BodyReader body = BodyReader.of(bytes);
        String next = body.text("project");
        List<String> anew = body.texts("tasks");
        Optional<String> text = body.optionalText("specification");
        body.finish();
        if (anew.isEmpty() && text.isEmpty()) {
            throw body.refused("tasks", "is needed where the specification stays as it is");
        }
        Projects.Forked from = projects.forked(actor.tenant().value(), project, anew);
        byte[] spec = text.map(said -> said.getBytes(StandardCharsets.UTF_8)).orElse(from.spec());
        ProjectSpec read = ProjectRoutes.required(actor, spec);
        if (text.isPresent()) {
            requireId(read, next);
        }
        boolean started =
                projects.submit(
                        actor.tenant().value(),
                        next,
                        new Projects.Submission(
                                read, spec, ProjectRoutes.submitter(actor, read), from.fork()));
        return ProjectRoutes.begun(started, next, read);
    }

    /// What waits for people, longest first.
    @GetMapping("/v1/kamachiq/reviews")
    ResponseEntity<byte[]> reviews(ActorContext caller, @RequestParam Optional<String> tenant) {
        ActorContext actor = Reply.inTenant(caller, tenant);
        Reply.permit(authorizations, actor, "projects:read", "projects");
        return Reply.list(projects.waiting(actor.tenant()));
    }

    /// Somebody looks at it; for a while nobody else decides.
    @PostMapping("/v1/kamachiq/projects/{project}/claim")
    ResponseEntity<byte[]> claim(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant,
            @RequestBody byte[] bytes) {
        ActorContext actor = desk.permitted(caller, tenant, "projects:decide", project);
        BodyReader body = BodyReader.of(bytes);
        String task = body.optionalText("task").orElse("");
        body.finish();
        String until = projects.claim(actor.tenant(), project, task, person(actor)).toString();
        return Reply.ok(
                JsonValue.object()
                        .put("project", project)
                        .put("task", task)
                        .put("until", until)
                        .build());
    }

    /// Who speaks; somebody of another tenant is never who handed the project in.
    private static String person(ActorContext actor) {
        String user = actor.actor().user().value();
        return actor.actor().tenant().equals(actor.tenant())
                ? user
                : actor.actor().tenant().value() + "/" + user;
    }
}
