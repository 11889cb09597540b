package dev.soma.kamachiq.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.soma.devkit.Fetches;
import dev.soma.devkit.Progress;
import dev.soma.devkit.TestEngines;
import dev.soma.kamachiq.evidence.RunRecord;
import dev.soma.kamachiq.sandbox.BubblewrapSandbox;
import dev.soma.kamachiq.sandbox.Sandbox;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.client.WorkflowUpdateException;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.testing.WorkflowReplayer;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Whole projects on the real Temporal server, with the real interpreter in the real sandbox. Every
/// history that a test records is replayed at its end.
class ProjectIntegrationTests {
    private static final String QUEUE = "kamachiq-tests";
    private static final AtomicInteger NUMBERS = new AtomicInteger();
    private static Path folder;
    private static ContentStore content;
    private static Sandbox sandbox;
    private static WorkflowServiceStubs service;
    private static WorkflowClient client;
    private static WorkerFactory workers;
    private String project = "";

    @BeforeAll
    static void open() throws Exception {
        folder =
                Files.createTempDirectory(
                        Path.of("/var/tmp"),
                        "soma-projects-",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwxr-xr-x")));
        content = new ContentStore(folder.resolve("content"));
        sandbox =
                new BubblewrapSandbox(
                        Fetches.bubblewrap(Progress.silent()), folder.resolve("state"), 61_200, 4);
        service =
                WorkflowServiceStubs.newServiceStubs(
                        WorkflowServiceStubsOptions.newBuilder()
                                .setTarget(TestEngines.temporal().address())
                                .build());
        client = WorkflowClient.newInstance(service);
        workers = WorkerFactory.newInstance(client);
    }

    @AfterAll
    static void close() throws Exception {
        service.shutdownNow();
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @BeforeEach
    void startWorkers() {
        project = "p" + NUMBERS.incrementAndGet() + "-" + System.nanoTime();
        workers = workers(sandbox);
    }

    private static WorkerFactory workers(Sandbox confinement) {
        WorkerFactory factory = WorkerFactory.newInstance(client);
        Worker worker = factory.newWorker(QUEUE);
        worker.registerWorkflowImplementationTypes(Project.class, AgentTask.class);
        worker.registerActivitiesImplementations(
                new LibraryActivities(content, confinement, folder));
        factory.start();
        return factory;
    }

    private static void stop(WorkerFactory factory) {
        factory.shutdownNow();
        factory.awaitTermination(20, TimeUnit.SECONDS);
    }

    @AfterEach
    void replay() throws Exception {
        stop(workers);
        WorkflowReplayer.replayWorkflowExecution(
                client.fetchHistory("kq/t1/" + project), Project.class);
        client.listExecutions("WorkflowType = 'AgentTaskWorkflow'")
                .map(execution -> execution.getExecution().getWorkflowId())
                .filter(id -> id.startsWith("kq/t1/" + project + "/"))
                .forEach(ProjectIntegrationTests::replayTask);
    }

    private static void replayTask(String id) {
        try {
            WorkflowReplayer.replayWorkflowExecution(client.fetchHistory(id), AgentTask.class);
        } catch (Exception e) {
            throw new AssertionError(id, e);
        }
    }

    private ProjectWorkflow submit(String text, String more) {
        String spec =
                """
                id: calc
                title: Create Python CLI calculator
                text: |
                  %s
                budget_tokens: 1000
                timeout_minutes: 15
                %s
                """
                        .formatted(text, more);
        return start(spec);
    }

    private ProjectWorkflow start(String spec) {
        ProjectWorkflow workflow =
                client.newWorkflowStub(
                        ProjectWorkflow.class,
                        WorkflowOptions.newBuilder()
                                .setTaskQueue(QUEUE)
                                .setWorkflowId("kq/t1/" + project)
                                .build());
        WorkflowClient.start(
                workflow::run,
                new ProjectOrder(
                        "t1", project, content.put(spec.getBytes(StandardCharsets.UTF_8))));
        return workflow;
    }

    private static ProjectResult result(ProjectWorkflow workflow) throws Exception {
        return WorkflowStub.fromTyped(workflow)
                .getResult(90, TimeUnit.SECONDS, ProjectResult.class);
    }

    private static void await(ProjectWorkflow workflow, String phase) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!workflow.status().phase().equals(phase)) {
            assertThat(System.nanoTime()).as("%s", workflow.status()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private static String file(ProjectResult result, String path) {
        return new String(
                content.get(result.files().getOrDefault(path, "")).orElseThrow(),
                StandardCharsets.UTF_8);
    }

    @Test
    void aProjectIsCarriedOutTestedAndReported() throws Exception {
        ProjectResult result =
                result(
                        submit(
                                "It supports addition and power. Print results with 2 decimals."
                                        + " The program is called sums.",
                                ""));
        assertThat(result.reasons()).isEmpty();
        assertThat(result.verdict()).isEqualTo("SUCCEEDED");
        assertThat(result.files()).containsOnlyKeys("README.md", "sums.py", "test_sums.py");
        assertThat(file(result, "sums.py")).contains("OPERATIONS = (\"+\", \"**\")");
        requireChain(result);
    }

    /// The chain of the report is what its entries say.
    private void requireChain(ProjectResult result) throws Exception {
        JsonObject report = StrictJson.parseObject(content.get(result.report()).orElseThrow());
        RunRecord record = RunRecord.begin("t1", project);
        if (!(report.members().get("record") instanceof JsonValue.JsonArray(var entries))) {
            throw new AssertionError("the report has no record");
        }
        for (JsonValue entry : entries) {
            record = record.append((JsonObject) entry);
        }
        assertThat(report.members().get("root")).isEqualTo(new JsonValue.JsonString(record.hex()));
    }

    @Test
    void anotherSpecificationIsAnotherProgramAndTheSameIsTheSame() throws Exception {
        String text = "A calculator without division.";
        ProjectResult one = result(submit(text, ""));
        project = project + "-again";
        ProjectResult same = result(submit(text, ""));
        project = project + "-other";
        ProjectResult other = result(submit("A calculator that also supports modulo.", ""));
        assertThat(same.files()).isEqualTo(one.files());
        assertThat(other.files().keySet()).isEqualTo(one.files().keySet());
        assertThat(other.files()).isNotEqualTo(one.files());
    }

    @Test
    void whatIsNotCoveredWaitsForAPersonAndEndsAsTheySay() throws Exception {
        ProjectWorkflow workflow = submit("A calculator with a plotting window.", "");
        await(workflow, "AWAITING_HUMAN");
        assertThat(workflow.status().reasons().getFirst()).contains("plotting window");
        workflow.decide(true);
        ProjectResult delivered = result(workflow);
        assertThat(delivered.verdict()).isEqualTo("PARTIAL");
        assertThat(delivered.files()).hasSize(3);
        assertThat(delivered.reasons().getFirst()).contains("plotting window");
    }

    @Test
    void aPersonMayRejectAndNobodyMayDecideUnasked() throws Exception {
        ProjectWorkflow workflow = submit("It keeps a history in a cloud.", "");
        await(workflow, "AWAITING_HUMAN");
        workflow.decide(false);
        ProjectResult rejected = result(workflow);
        assertThat(rejected.verdict()).isEqualTo("REJECTED");
        assertThat(rejected.files()).isEmpty();
        assertThatThrownBy(() -> workflow.decide(true)).isInstanceOf(RuntimeException.class);
        project = project + "-unasked";
        ProjectWorkflow running = submit("A calculator.", "");
        assertThatThrownBy(() -> running.decide(true))
                .isInstanceOfAny(WorkflowUpdateException.class, RuntimeException.class);
        assertThat(result(running).verdict()).isEqualTo("SUCCEEDED");
    }

    @Test
    void whatMayBeDeliveredPartlyIsWithoutAsking() throws Exception {
        ProjectResult result =
                result(submit("A calculator with square roots.", "on_unreachable: partial"));
        assertThat(result.verdict()).isEqualTo("PARTIAL");
        assertThat(result.reasons().getFirst()).contains("square roots");
    }

    @Test
    void anotherKindOfProjectIsNeverGreen() throws Exception {
        String spec =
                "id: web\ntitle: A web shop\ntext: Sell books.\nbudget_tokens: 1\ntimeout_minutes: 1\non_unreachable: partial\n";
        ProjectWorkflow workflow = start(spec);
        await(workflow, "AWAITING_HUMAN");
        workflow.decide(true);
        ProjectResult result = result(workflow);
        assertThat(result.verdict()).isEqualTo("REJECTED");
        assertThat(result.reasons().getFirst()).contains("nothing in the library");
    }

    @Test
    void aPausedProjectBeginsNothingAndACancelledOneIsReported() throws Exception {
        ProjectWorkflow workflow = submit("A calculator with a plotting window.", "");
        await(workflow, "AWAITING_HUMAN");
        workflow.pause();
        workflow.decide(true);
        await(workflow, "EXECUTE");
        assertThat(workflow.status().states()).isEmpty();
        assertThat(workflow.status().paused()).isTrue();
        workflow.cancel();
        ProjectResult result = result(workflow);
        assertThat(result.verdict()).isEqualTo("CANCELLED");
        requireChain(result);
    }

    @Test
    void aProjectGoesOnWhereAWorkerDiedAndMakesTheSame() throws Exception {
        String text = "It supports addition and a plotting window.";
        ProjectWorkflow workflow = submit(text, "");
        await(workflow, "AWAITING_HUMAN");
        workflow.pause();
        workflow.decide(true);
        stop(workers);
        workers = workers(sandbox);
        await(workflow, "EXECUTE");
        workflow.resume();
        ProjectResult result = result(workflow);
        project = project + "-undisturbed";
        ProjectResult other = result(submit(text, "on_unreachable: partial"));
        assertThat(result.files()).isEqualTo(other.files());
        assertThat(result.verdict()).isEqualTo("PARTIAL");
    }

    @Test
    void aReviewThatItsWorkerDidNotEndIsDoneByAnother() throws Exception {
        ProjectWorkflow workflow = submit("A calculator without division.", "");
        await(workflow, "INTEGRATE");
        stop(workers);
        workers = workers(sandbox);
        ProjectResult result = result(workflow);
        assertThat(result.reasons()).isEmpty();
        assertThat(result.verdict()).isEqualTo("SUCCEEDED");
    }

    @Test
    void withoutASandboxNothingIsApproved() throws Exception {
        stop(workers);
        workers =
                workers(
                        new BubblewrapSandbox(
                                folder.resolve("nowhere"), folder.resolve("state"), 61_200, 1));
        ProjectResult result = result(submit("A calculator.", ""));
        assertThat(result.verdict()).isEqualTo("FAILED");
        assertThat(result.reasons().getFirst()).contains("sandbox did not start");
    }

    @Test
    void aFaultySpecificationFailsWithItsLine() throws Exception {
        ProjectResult result = result(submit("A calculator.", "surprise: 1"));
        assertThat(result.verdict()).isEqualTo("FAILED");
        assertThat(result.reasons().getFirst()).contains("surprise");
        assertThat(result.files()).isEqualTo(Map.of());
        assertThat(List.of(result.report())).isNotEmpty();
    }
}
