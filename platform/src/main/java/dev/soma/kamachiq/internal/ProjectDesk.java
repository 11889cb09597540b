package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.evidence.Timeline;
import dev.soma.kamachiq.work.Payloads.ProjectStatus;
import dev.soma.kamachiq.work.PlannedTask;
import dev.soma.kamachiq.work.ProjectGraph;
import dev.soma.kamachiq.work.ProjectWorkflow;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.metering.ProjectBudgets;
import dev.soma.runtime.Reply;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.http.ResponseEntity;

/// What the routes of projects answer, of those under way and of those that have ended.
/// Thread-safe.
class ProjectDesk {
    private static final String DONE = "DONE";

    private final Projects projects;
    private final ProjectBudgets budgets;
    private final Authorizations authorizations;

    ProjectDesk(Projects projects, ProjectBudgets budgets, Authorizations authorizations) {
        this.projects = projects;
        this.budgets = budgets;
        this.authorizations = authorizations;
    }

    /// The caller in the tenant that is named, once the act is permitted.
    ActorContext permitted(
            ActorContext caller, Optional<String> tenant, String capability, String project) {
        ActorContext actor = Reply.inTenant(caller, tenant);
        Reply.permit(authorizations, actor, capability, "projects/" + project);
        return actor;
    }

    ResponseEntity<byte[]> status(ActorContext actor, String project) {
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

    ResponseEntity<byte[]> ledger(ActorContext actor, String project) {
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

    /// Its tasks in the order of the plan.
    List<JsonObject> graph(ActorContext actor, String project) {
        String tenant = actor.tenant().value();
        Optional<EndedProject> ended = projects.ended(tenant, project);
        return ended.isPresent()
                ? ended.get().tasks()
                : projects.ask(tenant, project, ProjectWorkflow::graph).tasks().stream()
                        .map(ProjectDesk::task)
                        .toList();
    }

    private static JsonObject task(ProjectGraph.Task task) {
        return planned(task.plan())
                .put("priority", task.priority())
                .put("state", task.state())
                .put("why", task.why())
                .put("tries", task.tries())
                .build();
    }

    /// What is planned of a task.
    static JsonValue.ObjectBuilder planned(PlannedTask task) {
        return JsonValue.object()
                .put("id", task.id())
                .put("type", task.type())
                .put("persona", task.persona())
                .put("dependencies", JsonValue.texts(task.dependencies()))
                .put("join", task.join())
                .put("required", JsonValue.of(task.required()))
                .put("capsule", task.capsule())
                .put("pin_sha256", task.pin())
                .put("estimated_tokens", task.estimatedTokens())
                .put("estimated_seconds", task.estimatedSeconds());
    }

    JsonObject timeline(ActorContext actor, String project) {
        List<JsonObject> entries = new ArrayList<>();
        entries.add(
                JsonValue.object()
                        .put("kind", "PLAN")
                        .put("tasks", JsonValue.array(graph(actor, project)))
                        .build());
        for (JsonObject happening : happened(actor, project)) {
            var entry = JsonValue.object();
            happening.members().forEach(entry::put);
            if (happening.members().get("facts") instanceof JsonObject facts) {
                facts.members().forEach(entry::put);
            }
            entries.add(
                    entry.put(
                                    "at_ms",
                                    Instant.parse(happening.text("at").orElse("")).toEpochMilli())
                            .build());
        }
        return Timeline.of(entries).document();
    }

    JsonObject why(ActorContext actor, String project, String task) {
        List<JsonObject> graph = graph(actor, project);
        JsonObject found =
                graph.stream()
                        .filter(node -> node.text("id").orElse("").equals(task))
                        .findFirst()
                        .orElseThrow(() -> missing("The project has no such task."));
        List<String> open =
                graph.stream()
                        .filter(node -> !node.text("state").orElse("").equals(DONE))
                        .map(node -> node.text("id").orElse(""))
                        .filter(found.texts("dependencies")::contains)
                        .toList();
        return JsonValue.object()
                .put("task", task)
                .put("state", found.text("state").orElse(""))
                .put("why", found.text("why").orElse(""))
                .put("not_done", JsonValue.texts(open))
                .put(
                        "happened",
                        JsonValue.array(
                                happened(actor, project).stream()
                                        .filter(told -> told.text("task").orElse("").equals(task))
                                        .toList()))
                .build();
    }

    /// Everything that happened, however much it is.
    private List<JsonObject> happened(ActorContext actor, String project) {
        List<JsonObject> all = new ArrayList<>();
        List<JsonObject> some = projects.happenings(actor.tenant(), project, -1);
        while (!some.isEmpty()) {
            all.addAll(some);
            long last = some.getLast().integer("seq").orElse(Long.MAX_VALUE);
            some = projects.happenings(actor.tenant(), project, last);
        }
        return all;
    }

    static ProblemException missing(String detail) {
        return Reply.refuse(ProblemKind.NOT_FOUND, detail);
    }
}
