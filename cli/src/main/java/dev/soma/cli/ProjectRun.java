package dev.soma.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/// A project at the running platform, as a person at a terminal sees it.
final class ProjectRun {
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(300);
    private static final int RECEIPT_TRIES = 40;
    private static final int UNAVAILABLE = 503;
    private static final Set<String> OPEN =
            Set.of(
                    "INTAKE",
                    "PLAN",
                    "EXECUTE",
                    "INTEGRATE",
                    "AWAITING_HUMAN",
                    "BLOCKED_POLICY",
                    "FINALIZE");

    private static final String CERTIFICATES = "/v1/kamachiq/certificates";

    private final PlatformClient client;
    private final Consumer<String> out;

    ProjectRun(PlatformClient client, Consumer<String> out) {
        this.client = client;
        this.out = out;
    }

    private static String path(String project) {
        return "/v1/kamachiq/projects/" + project;
    }

    /// The answer, if it is one of success; else what the platform says of it, in its own words.
    private static PlatformClient.Answer require(String attempt, PlatformClient.Answer answer) {
        if (!answer.ok() && answer.header("content-type").contains("json")) {
            String detail = answer.json().path("detail").asString("");
            if (!detail.isEmpty()) {
                throw new CommandException(attempt + ": " + detail);
            }
        }
        return PlatformClient.require(attempt, answer);
    }

    /// Shows the plan of a specification.
    ///
    /// @return whether it leaves nothing open
    boolean plan(byte[] spec) throws IOException, InterruptedException {
        JsonNode plan =
                require("planning the project", client.postYaml("/v1/kamachiq/reach", spec)).json();
        String model = plan.path("model").asString("");
        out.accept(
                "project %s, written by %s"
                        .formatted(
                                plan.path("project").asString(""),
                                model.isEmpty() ? "the library" : model));
        for (JsonNode task : plan.path("tasks")) {
            out.accept(
                    "  %-12s %-10s %4d s %7d tokens  %s"
                            .formatted(
                                    task.path("id").asString(""),
                                    task.path("persona").asString(""),
                                    task.path("estimated_seconds").asLong(0),
                                    task.path("estimated_tokens").asLong(0),
                                    after(task)));
        }
        out.accept(
                "expected to take %d of %d tokens%s"
                        .formatted(
                                plan.path("estimated_tokens").asLong(0),
                                plan.path("budget_tokens").asLong(0),
                                plan.path("needs_approval").asBoolean(false)
                                        ? "; somebody has to approve it"
                                        : ""));
        tellIfAny("%s would be asked what it means", plan.path("reader"));
        tellIfAny("somebody would be asked: %s", plan.path("concern"));
        plan.path("gaps").forEach(gap -> out.accept("  open: " + gap.asString("")));
        String problem = plan.path("problem").asString("");
        if (!problem.isEmpty()) {
            out.accept("  impossible: " + problem);
        }
        return plan.path("gaps").isEmpty() && problem.isEmpty();
    }

    private void tellIfAny(String sentence, JsonNode text) {
        if (!text.asString("").isEmpty()) {
            out.accept(sentence.formatted(text.asString("")));
        }
    }

    private static String after(JsonNode task) {
        List<String> after = new ArrayList<>();
        task.path("dependencies").forEach(id -> after.add(id.asString("")));
        return after.isEmpty() ? "" : "after " + String.join(", ", after);
    }

    /// @return the project's id
    String submit(byte[] spec) throws IOException, InterruptedException {
        JsonNode answer =
                require("handing in the project", client.postYaml("/v1/kamachiq/projects", spec))
                        .json();
        String project = answer.path("project").asString("");
        out.accept(
                "project "
                        + project
                        + ", specification "
                        + answer.path("spec_sha256").asString(""));
        return project;
    }

    private JsonNode status(String project) throws IOException, InterruptedException {
        return require("asking for the project", client.get(path(project))).json();
    }

    /// Tells every change until the project ends or waits for a person.
    ///
    /// @return its verdict, or the phase in which it waits
    String follow(String project) throws IOException, InterruptedException {
        String phase = "";
        Map<String, String> tasks = new TreeMap<>();
        Map<String, String> waiting = new TreeMap<>();
        while (true) {
            JsonNode status = status(project);
            String now = status.path("phase").asString("");
            if (!now.equals(phase)) {
                phase = now;
                out.accept(phase);
            }
            for (var task : status.path("tasks").properties()) {
                String state = task.getValue().asString("");
                if (!state.equals(tasks.put(task.getKey(), state))) {
                    out.accept("  %-12s %s".formatted(task.getKey(), state));
                }
            }
            tellNew(status, waiting);
            boolean waits = phase.equals("AWAITING_HUMAN") || tasks.containsValue("AWAITING_HUMAN");
            if (status.has("verdict") || waits) {
                tellReasons(status);
                return waits ? "AWAITING_HUMAN" : phase;
            }
            Thread.sleep(BETWEEN_LOOKS);
        }
    }

    private void tellNew(JsonNode status, Map<String, String> told) {
        for (var wait : status.path("waits").properties()) {
            String why = wait.getValue().asString("");
            if (!why.equals(told.put(wait.getKey(), why))) {
                tellWait(wait.getKey(), why);
            }
        }
    }

    private void tellWait(String task, String why) {
        out.accept("  waits%s: %s".formatted(task.isEmpty() ? "" : " (" + task + ")", why));
    }

    private void tellReasons(JsonNode status) {
        status.path("reasons").forEach(reason -> out.accept("  - " + reason.asString("")));
        if (status.path("phase").asString("").equals("AWAITING_HUMAN")) {
            boolean plan = status.path("waits").path("").asString("").contains("plan");
            out.accept(
                    "decide: ./soma project decide %s %s|reject, or amend --specification FILE"
                            .formatted(
                                    status.path("project").asString(""),
                                    plan ? "approve" : "deliver"));
        }
    }

    void tell(String project) throws IOException, InterruptedException {
        JsonNode status = status(project);
        String phase = status.path("phase").asString("");
        out.accept(
                phase
                        + (status.path("paused").asBoolean(false) && OPEN.contains(phase)
                                ? ", paused"
                                : ""));
        for (JsonNode task :
                require("asking for its tasks", client.get(path(project) + "/graph"))
                        .json()
                        .path("items")) {
            String why = task.path("why").asString("");
            out.accept(
                    "  %-12s %-16s %s%s"
                            .formatted(
                                    task.path("id").asString(""),
                                    task.path("state").asString(""),
                                    after(task),
                                    why.isEmpty() ? "" : " (" + why + ")"));
        }
        status.path("waits")
                .properties()
                .forEach(wait -> tellWait(wait.getKey(), wait.getValue().asString("")));
        tellReasons(status);
    }

    /// What a person says.
    ///
    /// @param task empty for the project
    /// @param spec another specification; empty for none
    record Said(String decision, String task, String reason, String spec) {}

    /// Decides as the administrator, who has not handed the project in.
    void decide(Connection connection, String project, Said said)
            throws IOException, InterruptedException {
        Map<String, Object> word =
                new TreeMap<>(
                        Map.of(
                                "decision",
                                said.decision(),
                                "task",
                                said.task(),
                                "reason",
                                said.reason()));
        if (!said.spec().isEmpty()) {
            word.put("specification", said.spec());
        }
        require(
                "deciding",
                connection
                        .admin()
                        .post(path(project) + "/decision?tenant=" + connection.tenant(), word));
        tell(project);
    }

    /// @param order such as `pause`
    void steer(String project, String order) throws IOException, InterruptedException {
        require("steering the project", client.post(path(project) + "/" + order, Map.of()));
        tell(project);
    }

    void prioritise(String project, String task, int priority)
            throws IOException, InterruptedException {
        require(
                "moving the task",
                client.post(
                        path(project) + "/reprioritise",
                        Map.of("task", task, "priority", priority)));
        tell(project);
    }

    /// @param spec another specification; null for the same
    void fork(String project, String next, List<String> tasks, byte @Nullable [] spec)
            throws IOException, InterruptedException {
        Map<String, Object> wanted = new TreeMap<>(Map.of("project", next, "tasks", tasks));
        if (spec != null) {
            wanted.put("specification", new String(spec, StandardCharsets.UTF_8));
        }
        require("forking the project", client.post(path(project) + "/fork", wanted));
        out.accept("project %s, going on from %s".formatted(next, project));
    }

    /// Lists what waits for people.
    void queue() throws IOException, InterruptedException {
        JsonNode items =
                require("asking what waits", client.get("/v1/kamachiq/reviews"))
                        .json()
                        .path("items");
        if (items.isEmpty()) {
            out.accept("nothing waits for anybody");
        }
        for (JsonNode item : items) {
            String task = item.path("task").asString("");
            out.accept(
                    "%s  %s%s: %s%s"
                            .formatted(
                                    item.path("since").asString(""),
                                    item.path("project").asString(""),
                                    task.isEmpty() ? "" : "/" + task,
                                    item.path("why").asString(""),
                                    item.has("claimed_by")
                                            ? " (%s looks at it)"
                                                    .formatted(item.path("claimed_by").asString(""))
                                            : ""));
        }
    }

    /// Has a model tried and waits for what comes of it.
    ///
    /// @return whether it may write
    boolean certify(String model, long budget) throws IOException, InterruptedException {
        String before = shown(model).path("at").asString("");
        String account =
                require(
                                "having the model tried",
                                client.post(
                                        CERTIFICATES,
                                        Map.of("model", model, "budget_tokens", budget)))
                        .json()
                        .path("account")
                        .asString("");
        out.accept("%s is tried; project %s pays".formatted(model, account));
        JsonNode now = shown(model);
        while (now.path("at").asString("").equals(before)) {
            Thread.sleep(BETWEEN_LOOKS);
            now = shown(model);
        }
        boolean may = now.path("may_write").asBoolean(false);
        out.accept(
                "%d of %d probes were right: it %s write"
                        .formatted(
                                now.path("passed").asInt(0),
                                now.path("probes").asInt(0),
                                may ? "may" : "may not"));
        return may;
    }

    private JsonNode shown(String model) throws IOException, InterruptedException {
        JsonNode items =
                require("asking for certificates", client.get(CERTIFICATES)).json().path("items");
        for (JsonNode item : items) {
            if (item.path("model").asString("").equals(model)) {
                return item;
            }
        }
        return MissingNode.getInstance();
    }

    /// Writes the files of a project that has ended, and its report.
    void write(String project, Path folder) throws IOException, InterruptedException {
        JsonNode status = status(project);
        if (!status.has("verdict")) {
            throw new CommandException("the project has not ended; nothing is written");
        }
        Files.createDirectories(folder);
        for (var file : status.path("files").properties()) {
            Path path = folder.resolve(file.getKey()).normalize();
            if (!path.startsWith(folder.normalize())) {
                throw new CommandException(file.getKey() + " would lie outside of " + folder);
            }
            write(path, path(project) + "/files/" + file.getKey());
        }
        write(folder.resolve("report.json"), path(project) + "/report");
        write(folder.resolve("report.html"), path(project) + "/report.html");
        receipt(folder, status.path("receipt").asString(""));
    }

    /// The log's next checkpoint, which covers what it says of the project, is a moment away.
    private void receipt(Path folder, String path) throws IOException, InterruptedException {
        if (path.isEmpty()) {
            return;
        }
        PlatformClient.Answer answer = client.get(path);
        for (int i = 0; i < RECEIPT_TRIES && answer.status() == UNAVAILABLE; i++) {
            Thread.sleep(BETWEEN_LOOKS);
            answer = client.get(path);
        }
        Path file = folder.resolve(ReportCheck.RECEIPT);
        Files.writeString(file, require("fetching " + file, answer).body());
        out.accept("wrote " + file);
    }

    private void write(Path file, String path) throws IOException, InterruptedException {
        String text = require("fetching " + file, client.get(path)).body();
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(file, text.getBytes(StandardCharsets.UTF_8));
        out.accept("wrote " + file);
    }
}
