package dev.soma.kamachiq.work;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Timestamps;
import dev.soma.devkit.Fetches;
import dev.soma.devkit.Progress;
import dev.soma.devkit.TestEngines;
import dev.soma.harness.TestPlatform;
import dev.soma.kamachiq.sandbox.BubblewrapSandbox;
import dev.soma.kamachiq.sandbox.Sandbox;
import dev.soma.kamachiq.work.Payloads.CertificateOrder;
import dev.soma.kamachiq.work.Payloads.Choice;
import dev.soma.kamachiq.work.Payloads.HumanWord;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kamachiq.work.Payloads.Shown;
import dev.soma.kamachiq.work.Payloads.Submitter;
import io.temporal.api.common.v1.WorkflowExecution;
import io.temporal.api.history.v1.HistoryEvent;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.common.interceptors.WorkerInterceptor;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.testing.WorkflowReplayer;
import io.temporal.worker.Worker;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerFactoryOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/// A governed platform, a Temporal server and workers of its own that a test can stop and start.
final class ProjectWorld implements AutoCloseable {
    static final String QUEUE = "kamachiq-tests";
    private static final Submitter AUTHOR =
            new Submitter("alice", List.of("chat", "projects:write", "tools:call"), "");
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    /// A step that a server hands to a worker which is just going is done again after two minutes.
    private static final Duration PATIENCE = Duration.ofMinutes(6);

    final TestPlatform platform;
    final String tenant = "t" + NUMBERS.incrementAndGet();
    private final Path folder;
    private final WorkflowServiceStubs service;
    private final WorkflowClient client;
    private final int firstUser;
    private WorkerFactory workers;
    private String project = "";
    private ProjectOrder order = new ProjectOrder("", "", "", AUTHOR);

    ProjectWorld(int firstUser) throws Exception {
        this.firstUser = firstUser;
        platform = TestPlatform.governed(Map.of());
        platform.tenant(tenant);
        assertThat(
                        platform.put(
                                        "/v1/users/alice",
                                        platform.adminKey(),
                                        "{\"tenant\":\"%s\",\"capabilities\":[\"chat\",\"projects:write\",\"tools:call\"]}"
                                                .formatted(tenant))
                                .statusCode())
                .isEqualTo(200);
        folder =
                Files.createTempDirectory(
                        Path.of("/var/tmp"),
                        "soma-projects-",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwxr-xr-x")));
        service =
                WorkflowServiceStubs.newServiceStubs(
                        WorkflowServiceStubsOptions.newBuilder()
                                .setTarget(TestEngines.temporal().address())
                                .build());
        client = WorkflowClient.newInstance(service);
        TemporalNamespaces.prepare(service, "default");
        workers = start(sandbox());
    }

    ContentStore content() {
        return platform.bean(ContentStore.class);
    }

    private Sandbox sandbox() throws Exception {
        return new BubblewrapSandbox(
                Fetches.bubblewrap(Progress.silent()), folder.resolve("state"), firstUser, 4);
    }

    private WorkerFactory start(Sandbox confinement, WorkerInterceptor... interceptors) {
        WorkerFactory factory =
                WorkerFactory.newInstance(
                        client,
                        WorkerFactoryOptions.newBuilder()
                                .setWorkerInterceptors(interceptors)
                                .validateAndBuildWithDefaults());
        register(factory, confinement);
        factory.start();
        return factory;
    }

    /// Workers of this world for another server.
    void register(WorkerFactory factory) throws Exception {
        register(factory, sandbox());
    }

    LibraryActivities library() throws Exception {
        return library(sandbox());
    }

    private LibraryActivities library(Sandbox confinement) {
        return new LibraryActivities(
                content(),
                confinement,
                folder,
                platform.bean(Certificates.class),
                platform.bean(Planning.class),
                platform.bean(Books.class));
    }

    private void register(WorkerFactory factory, Sandbox confinement) {
        Worker worker = factory.newWorker(QUEUE);
        worker.registerWorkflowImplementationTypes(Project.class, AgentTask.class, Certify.class);
        worker.registerActivitiesImplementations(library(confinement));
        factory.newWorker(QUEUE + GovernedActivities.QUEUE_SUFFIX)
                .registerActivitiesImplementations(platform.bean(GovernedActivities.class));
    }

    /// A model that has shown that it may write, as [Certify] would have found.
    void certify(String model) {
        platform.bean(Certificates.class).save(tenant, new Shown(model, 20, 20, "0".repeat(64)));
    }

    /// Lets a model show what it can.
    Shown show(String model) {
        CertifyWorkflow workflow =
                client.newWorkflowStub(
                        CertifyWorkflow.class,
                        WorkflowOptions.newBuilder()
                                .setTaskQueue(QUEUE)
                                .setWorkflowId("kq/" + tenant + "/certify/" + model)
                                .build());
        return workflow.run(
                new CertificateOrder(
                        tenant,
                        "certificate-" + NUMBERS.incrementAndGet(),
                        model,
                        10_000_000,
                        AUTHOR));
    }

    /// The workers die and others come.
    void restartWorkers() throws Exception {
        stopWorkers();
        workers = start(sandbox());
    }

    void restartWorkers(Sandbox confinement) {
        stopWorkers();
        workers = start(confinement);
    }

    /// The workers die and others come to whom something happens.
    void restartWorkers(WorkerInterceptor mishaps) throws Exception {
        stopWorkers();
        workers = start(sandbox(), mishaps);
    }

    private void stopWorkers() {
        workers.shutdownNow();
        workers.awaitTermination(20, TimeUnit.SECONDS);
    }

    Path folder() {
        return folder;
    }

    /// Every project has a name of its own.
    String project() {
        return project;
    }

    ProjectWorkflow submit(String text, String more) {
        return start(
                """
                id: calc
                title: Create Python CLI calculator
                text: |
                  %s
                %s
                """
                        .formatted(
                                text,
                                (more.contains("budget_tokens") ? "" : "budget_tokens: 1000\n")
                                        + "timeout_minutes: 15\n"
                                        + more));
    }

    ProjectWorkflow start(String spec) {
        return start(client, spec);
    }

    ProjectWorkflow start(WorkflowClient where, String spec) {
        project = "p" + NUMBERS.incrementAndGet() + "-" + System.nanoTime();
        ProjectWorkflow workflow =
                where.newWorkflowStub(
                        ProjectWorkflow.class,
                        WorkflowOptions.newBuilder()
                                .setTaskQueue(QUEUE)
                                .setWorkflowId("kq/" + tenant + "/" + project)
                                .build());
        order =
                new ProjectOrder(
                        tenant,
                        project,
                        content().put(spec.getBytes(StandardCharsets.UTF_8)),
                        AUTHOR);
        WorkflowClient.start(workflow::run, order);
        return workflow;
    }

    /// What was handed in last.
    ProjectOrder order() {
        return order;
    }

    static HumanWord word(Choice choice) {
        return new HumanWord("", choice, "bob", "because");
    }

    static ProjectResult result(ProjectWorkflow workflow) throws Exception {
        return result(workflow, PATIENCE);
    }

    static ProjectResult result(ProjectWorkflow workflow, Duration within) throws Exception {
        return WorkflowStub.fromTyped(workflow)
                .getResult(within.toSeconds(), TimeUnit.SECONDS, ProjectResult.class);
    }

    /// Waits until Temporal's own lists have a project under a condition.
    void requireListed(String id, String condition) {
        String query = "KqTenant = '%s' AND %s".formatted(tenant, condition);
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(
                        () ->
                                client.listExecutions(query)
                                        .anyMatch(
                                                found ->
                                                        found.getExecution()
                                                                .getWorkflowId()
                                                                .endsWith("/" + id)));
    }

    /// How many events the history of a project has.
    int events(ProjectWorkflow workflow) {
        WorkflowExecution execution =
                Objects.requireNonNull(WorkflowStub.fromTyped(workflow).getExecution());
        return client.fetchHistory(execution.getWorkflowId()).getEvents().size();
    }

    /// How many activities this world's workflows have had done.
    long activities() {
        return histories()
                .mapToLong(
                        id ->
                                client.fetchHistory(id).getEvents().stream()
                                        .filter(
                                                HistoryEvent
                                                        ::hasActivityTaskCompletedEventAttributes)
                                        .count())
                .sum();
    }

    /// The longest that an activity of this world's workflows took, from when it was asked for.
    Duration longest(String activity) {
        return histories()
                .map(id -> longest(client.fetchHistory(id).getEvents(), activity))
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }

    private static Duration longest(List<HistoryEvent> events, String activity) {
        Map<Long, Long> asked = new HashMap<>();
        long longest = 0;
        for (HistoryEvent event : events) {
            long at = Timestamps.toMillis(event.getEventTime());
            if (event.hasActivityTaskScheduledEventAttributes()
                    && event.getActivityTaskScheduledEventAttributes()
                            .getActivityType()
                            .getName()
                            .equals(activity)) {
                asked.put(event.getEventId(), at);
            } else if (event.hasActivityTaskCompletedEventAttributes()) {
                Long since =
                        asked.get(
                                event.getActivityTaskCompletedEventAttributes()
                                        .getScheduledEventId());
                longest = Math.max(longest, since == null ? 0 : at - since);
            }
        }
        return Duration.ofMillis(longest);
    }

    static void await(ProjectWorkflow workflow, String phase) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!workflow.status().phase().equals(phase)) {
            assertThat(System.nanoTime()).as("%s", workflow.status()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    /// Until a task stands there.
    static void await(ProjectWorkflow workflow, String task, String state) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!state.equals(workflow.status().states().get(task))) {
            assertThat(System.nanoTime()).as("%s", workflow.status()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    String file(ProjectResult result, String path) {
        return new String(
                content().get(result.files().getOrDefault(path, "")).orElseThrow(),
                StandardCharsets.UTF_8);
    }

    /// Every history that was recorded since leads to the same when it is replayed.
    void replayAll() throws Exception {
        histories().forEach(this::replay);
    }

    /// Ids of this world's workflows.
    private Stream<String> histories() {
        return Stream.of("KamachiqProjectWorkflow", "AgentTaskWorkflow", "CertifyModelWorkflow")
                .flatMap(type -> client.listExecutions("WorkflowType = '" + type + "'"))
                .map(execution -> execution.getExecution().getWorkflowId())
                .filter(id -> id.startsWith("kq/" + tenant + "/"));
    }

    private void replay(String id) {
        try {
            WorkflowReplayer.replayWorkflowExecution(
                    client.fetchHistory(id), Project.class, AgentTask.class, Certify.class);
        } catch (Exception e) {
            throw new AssertionError(id, e);
        }
    }

    @Override
    public void close() throws Exception {
        stopWorkers();
        service.shutdownNow();
        platform.close();
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
