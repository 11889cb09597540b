package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.evidence.ReportPage;
import dev.soma.kamachiq.spec.ProjectSpec;
import dev.soma.kamachiq.spec.SpecFault;
import dev.soma.kamachiq.spec.SpecReader;
import dev.soma.kamachiq.spec.SpecReading;
import dev.soma.kamachiq.work.Payloads.Fork;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kamachiq.work.Payloads.Submitter;
import dev.soma.kamachiq.work.Planning;
import dev.soma.kernel.Actor;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.JsonValue;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
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
    private static final List<String> USED = List.of("chat", "projects:write", Planning.TOOLS);

    private final Projects projects;
    private final ProjectDesk desk;
    private final Authorizations authorizations;

    ProjectRoutes(Projects projects, ProjectDesk desk, Authorizations authorizations) {
        this.projects = projects;
        this.desk = desk;
        this.authorizations = authorizations;
    }

    @PostMapping("/v1/kamachiq/projects")
    ResponseEntity<byte[]> submit(ActorContext actor, @RequestBody byte[] body) {
        Reply.permit(authorizations, actor, "projects:write", "projects");
        ProjectSpec spec = required(actor, body);
        boolean started =
                projects.submit(
                        actor.tenant().value(),
                        spec.id(),
                        new Projects.Submission(spec, body, submitter(actor, spec), Fork.NONE));
        return begun(started, spec.id(), spec);
    }

    /// A specification that can be carried out, handed in by somebody of a tenant.
    static ProjectSpec required(ActorContext actor, byte[] body) {
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
        return spec;
    }

    static ResponseEntity<byte[]> begun(boolean now, String project, ProjectSpec spec) {
        return Reply.json(
                now ? 202 : 200,
                JsonValue.object()
                        .put("project", project)
                        .put("spec_sha256", spec.digest())
                        .build());
    }

    /// On whose behalf something acts that needs no more than every project.
    static Submitter submitter(ActorContext actor) {
        return submitter(actor, Set.of());
    }

    /// What the project may do, of what the credential may that hands it in.
    static Submitter submitter(ActorContext actor, ProjectSpec spec) {
        return submitter(actor, spec.permissions());
    }

    private static Submitter submitter(ActorContext actor, Set<String> permissions) {
        List<String> capabilities =
                Stream.concat(USED.stream(), permissions.stream())
                        .filter(actor.actor()::holds)
                        .distinct()
                        .sorted()
                        .toList();
        return new Submitter(actor.actor().user().value(), capabilities, actor.trace().header());
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
        return desk.status(desk.permitted(caller, tenant, "projects:read", project), project);
    }

    @GetMapping("/v1/kamachiq/projects/{project}/report")
    ResponseEntity<byte[]> report(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = desk.permitted(caller, tenant, "projects:read", project);
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_JSON)
                .body(report(actor, project));
    }

    private byte[] report(ActorContext actor, String project) {
        return projects.report(actor.tenant().value(), project)
                .orElseThrow(() -> ProjectDesk.missing("The project has no report yet."));
    }

    /// The same for people. Nothing in it may run or be fetched, whatever a project wrote.
    @GetMapping("/v1/kamachiq/projects/{project}/report.html")
    ResponseEntity<byte[]> page(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = desk.permitted(caller, tenant, "projects:read", project);
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
        ActorContext actor = desk.permitted(caller, tenant, "projects:read", project);
        return Reply.list(projects.happenings(actor.tenant(), project, after));
    }

    @GetMapping("/v1/kamachiq/projects/{project}/ledger")
    ResponseEntity<byte[]> ledger(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = desk.permitted(caller, tenant, "projects:read", project);
        return desk.ledger(actor, project);
    }

    /// What agents made is never shown as a page: it is a file to be kept.
    @GetMapping("/v1/kamachiq/projects/{project}/files/{*path}")
    ResponseEntity<byte[]> file(
            ActorContext caller,
            @PathVariable String project,
            @PathVariable String path,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = desk.permitted(caller, tenant, "projects:read", project);
        byte[] bytes =
                ended(actor, project)
                        .flatMap(
                                result ->
                                        Optional.ofNullable(result.files().get(path.substring(1))))
                        .flatMap(projects::content)
                        .orElseThrow(() -> ProjectDesk.missing("The project has no such file."));
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                .header("content-disposition", "attachment")
                .header("x-content-type-options", "nosniff")
                .body(bytes);
    }

    private Optional<ProjectResult> ended(ActorContext actor, String project) {
        return projects.ended(actor.tenant().value(), project).map(EndedProject::result);
    }

    /// Its tasks, how they depend on each other and how they stand.
    @GetMapping("/v1/kamachiq/projects/{project}/graph")
    ResponseEntity<byte[]> graph(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = desk.permitted(caller, tenant, "projects:read", project);
        return Reply.list(desk.graph(actor, project));
    }

    /// When its tasks were at work, so far.
    @GetMapping("/v1/kamachiq/projects/{project}/timeline")
    ResponseEntity<byte[]> timeline(
            ActorContext caller,
            @PathVariable String project,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = desk.permitted(caller, tenant, "projects:read", project);
        return Reply.ok(desk.timeline(actor, project));
    }

    /// Why a task stands where it stands.
    @GetMapping("/v1/kamachiq/projects/{project}/nodes/{task}/why")
    ResponseEntity<byte[]> why(
            ActorContext caller,
            @PathVariable String project,
            @PathVariable String task,
            @RequestParam Optional<String> tenant) {
        ActorContext actor = desk.permitted(caller, tenant, "projects:read", project);
        return Reply.ok(desk.why(actor, project, task));
    }
}
