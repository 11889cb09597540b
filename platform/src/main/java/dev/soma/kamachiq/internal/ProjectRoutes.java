package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.evidence.ReportPage;
import dev.soma.kamachiq.spec.ProjectSpec;
import dev.soma.kamachiq.spec.SpecFault;
import dev.soma.kamachiq.spec.SpecReader;
import dev.soma.kamachiq.spec.SpecReading;
import dev.soma.kamachiq.work.Payloads.Choice;
import dev.soma.kamachiq.work.Payloads.HumanWord;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kamachiq.work.Payloads.ProjectStatus;
import dev.soma.kamachiq.work.Payloads.Submitter;
import dev.soma.kamachiq.work.Planning;
import dev.soma.kamachiq.work.ProjectWorkflow;
import dev.soma.kernel.Actor;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Permit;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.metering.ProjectBudgets;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/kamachiq/projects`: hands in projects and steers them.
@RestController
@RunsIn(Role.API)
class ProjectRoutes {
    /// What every project takes: its tasks are judged, and models are asked.
    private static final List<String> USED = List.of("chat", "projects:write");

    private final Projects projects;
    private final ProjectBudgets budgets;
    private static final int MAX_REASON = 2_000;
    private static final long MAX_TOP_UP = 1L << 50;

    private final Authorizations authorizations;

    ProjectRoutes(Projects projects, ProjectBudgets budgets, Authorizations authorizations) {
        this.projects = projects;
        this.budgets = budgets;
        this.authorizations = authorizations;
    }

    @PostMapping("/v1/kamachiq/projects")
    ResponseEntity<byte[]> submit(ActorContext actor, @RequestBody byte[] body) {
        Reply.permit(authorizations, actor, "projects:write", "projects");
        if (actor.tenant().equals(Actor.SYSTEM.tenant())) {
            throw Reply.refuse(
                    ProblemKind.CONFLICT,
                    "Projects belong to a tenant; use a key of one of its users.");
        }
        ProjectSpec spec = read(body);
        Planning.objection(spec)
                .ifPresent(
                        problem -> {
                            throw new ProblemException(Problem.at("/tasks", told(problem)));
                        });
        String tenant = actor.tenant().value();
        boolean started = projects.submit(tenant, spec, body, submitter(actor, spec.permissions()));
        return Reply.json(
                started ? 202 : 200,
                JsonValue.object()
                        .put("project", spec.id())
                        .put("spec_sha256", spec.digest())
                        .build());
    }

    /// On whose behalf something acts that needs no more than every project.
    static Submitter submitter(ActorContext actor) {
        return submitter(actor, Set.of());
    }

    /// What the project may do, of what the credential may that hands it in.
    private static Submitter submitter(ActorContext actor, Set<String> permissions) {
        List<String> capabilities =
                Stream.concat(USED.stream(), permissions.stream())
                        .filter(actor.actor()::holds)
                        .distinct()
                        .sorted()
                        .toList();
        return new Submitter(actor.actor().user().value(), capabilities, actor.trace().header());
    }

    /// Who speaks; somebody of another tenant is never who handed the project in.
    private static String person(ActorContext actor) {
        String user = actor.actor().user().value();
        return actor.actor().tenant().equals(actor.tenant())
                ? user
                : actor.actor().tenant().value() + "/" + user;
    }

    /// @throws ProblemException with the line of the first fault
    static ProjectSpec read(byte[] body) {
        return switch (SpecReader.read(body)) {
            case SpecReading.Read(ProjectSpec read) -> read;
            case SpecReading.Faulty faulty -> throw refused(faulty.faults().getFirst());
        };
    }

    /// A sentence of its own.
    private static String told(String problem) {
        return problem.substring(0, 1).toUpperCase(Locale.ROOT) + problem.substring(1) + ".";
    }

    private static ProblemException refused(SpecFault fault) {
        return new ProblemException(
                Problem.at(
                        fault.pointer(),
                        fault.line() == 0
                                ? "The specification " + fault.message() + "."
                                : "Line %d: %s.".formatted(fault.line(), fault.message())));
    }

    @GetMapping("/v1/kamachiq/projects")
    ResponseEntity<byte[]> list(ActorContext caller, @RequestParam Optional<String> tenant) {
        ActorContext actor = Reply.inTenant(caller, tenant);
        Reply.permit(authorizations, actor, "projects:read", "projects");
        return Reply.list(projects.newest(actor.tenant()));
    }

    @GetMapping("/v1/kamachiq/projects/{project}")
    ResponseEntity<byte[]> find(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = permitted(caller, tenant, "projects:read", project);
        return status(actor, project);
    }

    /// The caller in the tenant that is named, once the act is permitted.
    private ActorContext permitted(
            ActorContext caller, Optional<String> tenant, String capability, String project) {
        ActorContext actor = Reply.inTenant(caller, tenant);
        Reply.permit(authorizations, actor, capability, "projects/" + project);
        return actor;
    }

    private ResponseEntity<byte[]> status(ActorContext actor, String project) {
        String tenant = actor.tenant().value();
        Optional<EndedProject> ended = projects.ended(tenant, project);
        ProjectStatus status =
                ended.map(EndedProject::status)
                        .orElseGet(() -> projects.ask(tenant, project, ProjectWorkflow::status));
        var document =
                JsonValue.object()
                        .put("project", project)
                        .put("phase", status.phase())
                        .put("paused", JsonValue.of(status.paused()))
                        .put("tasks", texts(status.states()))
                        .put("waits", texts(status.waits()))
                        .put("reasons", JsonValue.texts(status.reasons()));
        ended.map(EndedProject::result)
                .ifPresent(
                        result ->
                                document.put("verdict", result.verdict())
                                        .put("report_sha256", result.report())
                                        .put("files", texts(result.files())));
        ended.flatMap(EndedProject::receipt).ifPresent(path -> document.put("receipt", path));
        return Reply.ok(document.build());
    }

    private static JsonObject texts(Map<String, String> texts) {
        var document = JsonValue.object();
        texts.forEach(document::put);
        return document.build();
    }

    @GetMapping("/v1/kamachiq/projects/{project}/report")
    ResponseEntity<byte[]> report(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = permitted(caller, tenant, "projects:read", project);
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .body(report(actor, project));
    }

    private byte[] report(ActorContext actor, String project) {
        return projects.report(actor.tenant().value(), project)
                .orElseThrow(() -> missing("The project has no report yet."));
    }

    /// The same for people. Nothing in it may run or be fetched, whatever a project wrote.
    @GetMapping("/v1/kamachiq/projects/{project}/report.html")
    ResponseEntity<byte[]> page(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = permitted(caller, tenant, "projects:read", project);
        String page = ReportPage.of(Projects.parsed(report(actor, project)));
        return ResponseEntity.ok()
                .contentType(new MediaType(MediaType.TEXT_HTML, StandardCharsets.UTF_8))
                .header(
                        "content-security-policy",
                        "default-src 'none'; style-src 'unsafe-inline'; sandbox")
                .header("x-content-type-options", "nosniff")
                .body(page.getBytes(StandardCharsets.UTF_8));
    }

    @GetMapping("/v1/kamachiq/projects/{project}/events")
    ResponseEntity<byte[]> events(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant,
            @RequestParam(defaultValue = "-1") long after) {
        ActorContext actor = permitted(caller, tenant, "projects:read", project);
        return Reply.list(projects.happenings(actor.tenant(), project, after));
    }

    @GetMapping("/v1/kamachiq/projects/{project}/ledger")
    ResponseEntity<byte[]> ledger(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = permitted(caller, tenant, "projects:read", project);
        return Reply.list(
                budgets.accounts(actor.tenant(), project).stream()
                        .map(
                                account ->
                                        JsonValue.object()
                                                .put("task", account.task())
                                                .put("limit_tokens", account.limit())
                                                .put("settled_tokens", account.settled())
                                                .put("held_tokens", account.held())
                                                .build())
                        .toList());
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
            throw missing("The project has no budget.");
        }
        budgets.topUp(permit, project, tokens);
        return ledger(caller, project, tenant);
    }

    /// What agents made is never shown as a page: it is a file to be kept.
    @GetMapping("/v1/kamachiq/projects/{project}/files/{*path}")
    ResponseEntity<byte[]> file(
            ActorContext caller,
            @PathVariable String project,
            @PathVariable String path,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = permitted(caller, tenant, "projects:read", project);
        byte[] bytes =
                ended(actor, project)
                        .flatMap(
                                result ->
                                        Optional.ofNullable(result.files().get(path.substring(1))))
                        .flatMap(projects::content)
                        .orElseThrow(() -> missing("The project has no such file."));
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                .header("content-disposition", "attachment")
                .header("x-content-type-options", "nosniff")
                .body(bytes);
    }

    private Optional<ProjectResult> ended(ActorContext actor, String project) {
        return projects.ended(actor.tenant().value(), project).map(EndedProject::result);
    }

    private static ProblemException missing(String detail) {
        return Reply.refuse(ProblemKind.NOT_FOUND, detail);
    }

    @PostMapping("/v1/kamachiq/projects/{project}/pause")
    ResponseEntity<byte[]> pause(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = permitted(caller, tenant, "projects:write", project);
        return steer(actor, project, ProjectWorkflow::pause);
    }

    @PostMapping("/v1/kamachiq/projects/{project}/resume")
    ResponseEntity<byte[]> resume(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = permitted(caller, tenant, "projects:write", project);
        return steer(actor, project, ProjectWorkflow::resume);
    }

    @PostMapping("/v1/kamachiq/projects/{project}/cancel")
    ResponseEntity<byte[]> cancel(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = permitted(caller, tenant, "projects:write", project);
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
        return status(actor, project);
    }

    @PostMapping("/v1/kamachiq/projects/{project}/decision")
    ResponseEntity<byte[]> decide(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant,
            @RequestBody byte[] bytes) {
        ActorContext actor = permitted(caller, tenant, "projects:decide", project);
        BodyReader body = BodyReader.of(bytes);
        String decision = body.text("decision");
        String task = body.optionalText("task").orElse("");
        String reason = body.optionalText("reason").orElse("");
        body.finish();
        if (reason.length() > MAX_REASON) {
            throw body.refused("reason", "is at most %d characters".formatted(MAX_REASON));
        }
        Choice choice =
                switch (decision) {
                    case "deliver" -> Choice.DELIVER;
                    case "reject" -> Choice.REJECT;
                    case "rework" -> Choice.REWORK;
                    default -> throw body.refused("decision", "must be deliver, reject or rework");
                };
        HumanWord word = new HumanWord(task, choice, person(actor), reason);
        if (projects.isBy(actor.tenant().value(), project, word.by())) {
            throw Reply.refuse(
                    ProblemKind.FOUR_EYES,
                    "Who handed a project in does not decide on it; ask somebody else.");
        }
        return steer(actor, project, workflow -> workflow.decide(word));
    }
}
