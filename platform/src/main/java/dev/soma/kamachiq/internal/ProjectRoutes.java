package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.spec.ProjectSpec;
import dev.soma.kamachiq.spec.SpecFault;
import dev.soma.kamachiq.spec.SpecReader;
import dev.soma.kamachiq.spec.SpecReading;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kamachiq.work.Payloads.ProjectStatus;
import dev.soma.kamachiq.work.ProjectWorkflow;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/kamachiq/projects`: hands in projects and steers them.
@RestController
@RunsIn(Role.API)
class ProjectRoutes {
    private final Projects projects;
    private final Authorizations authorizations;

    ProjectRoutes(Projects projects, Authorizations authorizations) {
        this.projects = projects;
        this.authorizations = authorizations;
    }

    @PostMapping("/v1/kamachiq/projects")
    ResponseEntity<byte[]> submit(ActorContext actor, @RequestBody byte[] body) {
        Reply.permit(authorizations, actor, "projects:write", "projects");
        ProjectSpec spec =
                switch (SpecReader.read(body)) {
                    case SpecReading.Read(ProjectSpec read) -> read;
                    case SpecReading.Faulty faulty -> throw refused(faulty.faults().getFirst());
                };
        String tenant = actor.tenant().value();
        boolean started = projects.submit(tenant, spec.id(), body);
        return Reply.json(
                started ? 202 : 200,
                JsonValue.object()
                        .put("project", spec.id())
                        .put("spec_sha256", spec.digest())
                        .build());
    }

    private static ProblemException refused(SpecFault fault) {
        return new ProblemException(
                Problem.at(
                        fault.pointer(),
                        fault.line() == 0
                                ? "The specification " + fault.message() + "."
                                : "Line %d: %s.".formatted(fault.line(), fault.message())));
    }

    @GetMapping("/v1/kamachiq/projects/{project}")
    ResponseEntity<byte[]> find(ActorContext actor, @PathVariable String project) {
        permit(actor, "projects:read", project);
        return status(actor, project);
    }

    private void permit(ActorContext actor, String capability, String project) {
        Reply.permit(authorizations, actor, capability, "projects/" + project);
    }

    private ResponseEntity<byte[]> status(ActorContext actor, String project) {
        String tenant = actor.tenant().value();
        ProjectStatus status = projects.ask(tenant, project, ProjectWorkflow::status);
        var document =
                JsonValue.object()
                        .put("project", project)
                        .put("phase", status.phase())
                        .put("paused", JsonValue.of(status.paused()))
                        .put("tasks", texts(status.states()))
                        .put("reasons", JsonValue.texts(status.reasons()));
        projects.result(tenant, project)
                .ifPresent(
                        result ->
                                document.put("verdict", result.verdict())
                                        .put("report_sha256", result.report())
                                        .put("files", texts(result.files())));
        return Reply.ok(document.build());
    }

    private static JsonObject texts(Map<String, String> texts) {
        var document = JsonValue.object();
        texts.forEach(document::put);
        return document.build();
    }

    @GetMapping("/v1/kamachiq/projects/{project}/report")
    ResponseEntity<byte[]> report(ActorContext actor, @PathVariable String project) {
        permit(actor, "projects:read", project);
        byte[] report =
                ended(actor, project)
                        .flatMap(result -> projects.content(result.report()))
                        .orElseThrow(() -> missing("The project has no report yet."));
        return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(report);
    }

    /// What agents made is never shown as a page: it is a file to be kept.
    @GetMapping("/v1/kamachiq/projects/{project}/files/{file}")
    ResponseEntity<byte[]> file(
            ActorContext actor, @PathVariable String project, @PathVariable String file) {
        permit(actor, "projects:read", project);
        byte[] bytes =
                ended(actor, project)
                        .flatMap(result -> Optional.ofNullable(result.files().get(file)))
                        .flatMap(projects::content)
                        .orElseThrow(() -> missing("The project has no such file."));
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                .header("content-disposition", "attachment")
                .header("x-content-type-options", "nosniff")
                .body(bytes);
    }

    private Optional<ProjectResult> ended(ActorContext actor, String project) {
        return projects.result(actor.tenant().value(), project);
    }

    private static ProblemException missing(String detail) {
        return Reply.refuse(ProblemKind.NOT_FOUND, detail);
    }

    @PostMapping("/v1/kamachiq/projects/{project}/pause")
    ResponseEntity<byte[]> pause(ActorContext actor, @PathVariable String project) {
        return steer(actor, project, "projects:write", ProjectWorkflow::pause);
    }

    @PostMapping("/v1/kamachiq/projects/{project}/resume")
    ResponseEntity<byte[]> resume(ActorContext actor, @PathVariable String project) {
        return steer(actor, project, "projects:write", ProjectWorkflow::resume);
    }

    @PostMapping("/v1/kamachiq/projects/{project}/cancel")
    ResponseEntity<byte[]> cancel(ActorContext actor, @PathVariable String project) {
        return steer(actor, project, "projects:write", ProjectWorkflow::cancel);
    }

    private ResponseEntity<byte[]> steer(
            ActorContext actor,
            String project,
            String capability,
            Consumer<ProjectWorkflow> order) {
        permit(actor, capability, project);
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
            ActorContext actor, @PathVariable String project, @RequestBody byte[] bytes) {
        permit(actor, "projects:decide", project);
        BodyReader body = BodyReader.of(bytes);
        String decision = body.text("decision");
        body.finish();
        boolean deliver =
                switch (decision) {
                    case "deliver" -> true;
                    case "reject" -> false;
                    default -> throw body.refused("decision", "must be deliver or reject");
                };
        return steer(actor, project, "projects:decide", workflow -> workflow.decide(deliver));
    }
}
