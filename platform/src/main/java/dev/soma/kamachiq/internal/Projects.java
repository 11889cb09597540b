package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.internal.ProjectRegister.Known;
import dev.soma.kamachiq.spec.ProjectSpec;
import dev.soma.kamachiq.work.CertifyWorkflow;
import dev.soma.kamachiq.work.ContentStore;
import dev.soma.kamachiq.work.Payloads.CertificateOrder;
import dev.soma.kamachiq.work.Payloads.Fork;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.ProjectStatus;
import dev.soma.kamachiq.work.Payloads.Submitter;
import dev.soma.kamachiq.work.ProjectWorkflow;
import dev.soma.kamachiq.work.Shares;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.runtime.Reply;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowException;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Projects of tenants on Temporal. Thread-safe.
class Projects {
    private static final Logger log = LoggerFactory.getLogger(Projects.class);
    private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    private static final int MOST_LISTED = 200;

    private final TemporalConnection temporal;
    private final ContentStore content;
    private final ProjectRegister register;
    private final Shares shares;
    private final String build;

    /// Projects that did not answer when they were asked last.
    private final Set<String> silent = ConcurrentHashMap.newKeySet();

    /// @param build of workflows that this node's workers run
    Projects(
            TemporalConnection temporal,
            ContentStore content,
            ProjectRegister register,
            Shares shares,
            String build) {
        this.temporal = temporal;
        this.content = content;
        this.register = register;
        this.shares = shares;
        this.build = build;
    }

    private static String workflow(String tenant, String project) {
        return "kq/" + tenant + "/" + project;
    }

    /// What is handed in.
    ///
    /// @param bytes as they came
    /// @param fork what it goes on from
    record Submission(ProjectSpec spec, byte[] bytes, Submitter by, Fork fork) {}

    /// An ended project that another goes on from.
    ///
    /// @param spec its specification, as it was handed in
    record Forked(Fork fork, byte[] spec) {}

    /// @param anew tasks that are to be done again
    /// @throws ProblemException `not_found`, `conflict` while it is under way, or for a task that
    /// its plan does not have
    Forked forked(String tenant, String project, List<String> anew) {
        Known known = known(tenant, project);
        String report =
                known.report()
                        .orElseThrow(
                                () ->
                                        Reply.refuse(
                                                ProblemKind.CONFLICT,
                                                "The project is under way; fork it when it has ended."));
        String spec =
                parsed(stored(report)).objects("record").stream()
                        .filter(entry -> entry.text("kind").orElse("").equals("PLAN"))
                        .flatMap(entry -> entry.text("spec_sha256").stream())
                        .findFirst()
                        .orElse(known.spec());
        Set<String> tasks =
                ended(tenant, project).orElseThrow(Projects::missing).tasks().stream()
                        .map(task -> task.text("id").orElse(""))
                        .collect(Collectors.toUnmodifiableSet());
        for (String task : anew) {
            if (!tasks.contains(task)) {
                throw new ProblemException(
                        Problem.at("/tasks", "The project has no task '%s'.".formatted(task)));
            }
        }
        return new Forked(
                new Fork(project, spec, report, anew.stream().distinct().sorted().toList()),
                stored(spec));
    }

    /// Starts a project; the same bytes again are the same project.
    ///
    /// @return whether it was started now
    /// @throws ProblemException `conflict` when the project has another specification
    boolean submit(String tenant, String project, Submission submission) {
        temporal.required();
        if (!ID.matcher(project).matches()) {
            throw new ProblemException(
                    Problem.at("/project", "It has to match " + ID.pattern() + "."));
        }
        ProjectOrder order =
                new ProjectOrder(
                        tenant,
                        project,
                        content.put(submission.bytes()),
                        submission.by(),
                        submission.fork());
        register.submitted(order, submission.spec().title());
        Known known = register.known(tenant, project).orElseThrow();
        if (!known.spec().equals(order.spec()) || !known.fork().equals(order.fork())) {
            throw Reply.refuse(
                    ProblemKind.CONFLICT, "The project has been handed in with another text.");
        }
        return known.verdict().isEmpty() && start(order);
    }

    /// @return whether it was started now
    private boolean start(ProjectOrder order) {
        ProjectWorkflow stub =
                temporal.required()
                        .newWorkflowStub(
                                ProjectWorkflow.class,
                                WorkflowOptions.newBuilder()
                                        .setTaskQueue(TemporalConnection.QUEUE)
                                        .setWorkflowId(workflow(order.tenant(), order.project()))
                                        .setPriority(shares.of(order.tenant()))
                                        .setWorkflowIdReusePolicy(
                                                order.epoch() == 1
                                                        ? WorkflowIdReusePolicy
                                                                .WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
                                                        : WorkflowIdReusePolicy
                                                                .WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE)
                                        .build());
        try {
            WorkflowClient.start(stub::run, order);
            return true;
        } catch (WorkflowExecutionAlreadyStarted there) {
            return false;
        } catch (StatusRuntimeException | WorkflowException e) {
            throw unavailable();
        }
    }

    /// Begins again what is under way by the register and unknown to the server, as after a loss of
    /// the server's state. What was paid for is found in the journal and not paid again.
    ///
    /// @param ago how long it has to be since it was handed in
    /// @return how many were begun
    int adopt(Duration ago) {
        int adopted = 0;
        for (ProjectOrder open : register.open(ago, MOST_LISTED)) {
            if (isLost(open) || isLeft(open)) {
                Optional<ProjectOrder> next = register.adopted(open);
                if (next.isPresent() && start(next.get())) {
                    adopted++;
                    log.atWarn()
                            .addKeyValue("tenant", open.tenant())
                            .addKeyValue("project", open.project())
                            .addKeyValue("epoch", next.get().epoch())
                            .log(
                                    "a project that the server did not know, or no worker, is begun again");
                }
            }
        }
        return adopted;
    }

    private boolean isLost(ProjectOrder open) {
        try {
            stub(open.tenant(), open.project()).describe();
            return false;
        } catch (WorkflowNotFoundException e) {
            return true;
        }
    }

    /// Whether a project's build has no workers any more: it answers no question, twice in a row.
    /// It is
    /// ended then, so that it can begin again with this build.
    private boolean isLeft(ProjectOrder open) {
        String id = workflow(open.tenant(), open.project());
        if (!isSilent(open)) {
            silent.remove(id);
            return false;
        }
        if (silent.add(id)) {
            return false;
        }
        silent.remove(id);
        try {
            stub(open.tenant(), open.project()).terminate("no worker of its build is left");
            return true;
        } catch (WorkflowNotFoundException ended) {
            return false;
        }
    }

    /// Whether it stays with another build and does not answer.
    private boolean isSilent(ProjectOrder open) {
        String pinned =
                stub(open.tenant(), open.project())
                        .describe()
                        .getRawDescription()
                        .getWorkflowExecutionInfo()
                        .getVersioningInfo()
                        .getDeploymentVersion()
                        .getBuildId();
        if (pinned.isEmpty() || pinned.equals(build)) {
            return false;
        }
        try {
            stub(open.tenant(), open.project()).query("status", ProjectStatus.class);
            return false;
        } catch (WorkflowException | StatusRuntimeException e) {
            return true;
        }
    }

    private static ProblemException unavailable() {
        return Reply.refuse(
                ProblemKind.ENGINE_UNAVAILABLE,
                "The Temporal server, or every worker behind it, does not answer.");
    }

    /// Whether a project was handed in by this user.
    boolean isBy(String tenant, String project, String user) {
        return ask(tenant, project, ProjectWorkflow::order).by().user().equals(user);
    }

    /// Asks a project's workflow, or tells it something.
    ///
    /// @throws ProblemException `not_found`, `conflict` when it does not take this now,
    /// `engine_unavailable`
    <T> T ask(String tenant, String project, Function<ProjectWorkflow, T> question) {
        if (!ID.matcher(project).matches()) {
            throw missing();
        }
        ProjectWorkflow stub =
                temporal.required()
                        .newWorkflowStub(ProjectWorkflow.class, workflow(tenant, project));
        try {
            return question.apply(stub);
        } catch (WorkflowNotFoundException e) {
            throw missing(tenant, project);
        } catch (WorkflowException e) {
            throw Reply.refuse(
                    ProblemKind.CONFLICT, "The project does not take this where it stands.");
        } catch (StatusRuntimeException e) {
            throw e.getStatus().getCode() == Status.Code.NOT_FOUND ? missing() : unavailable();
        }
    }

    /// A workflow that has ended takes no more orders, which Temporal tells as if it were missing.
    private ProblemException missing(String tenant, String project) {
        return register.known(tenant, project).flatMap(Known::verdict).isPresent()
                ? Reply.refuse(ProblemKind.CONFLICT, "The project has ended.")
                : missing();
    }

    private static ProblemException missing() {
        return Reply.refuse(ProblemKind.NOT_FOUND, "There is no such project.");
    }

    private WorkflowStub stub(String tenant, String project) {
        return temporal.required().newUntypedWorkflowStub(workflow(tenant, project));
    }

    /// @return empty while it runs
    /// @throws ProblemException `not_found`
    Optional<EndedProject> ended(String tenant, String project) {
        Known known = known(tenant, project);
        return known.verdict()
                .flatMap(
                        verdict ->
                                known.report()
                                        .map(
                                                digest ->
                                                        EndedProject.of(
                                                                verdict,
                                                                digest,
                                                                parsed(stored(digest)),
                                                                known.receipt())));
    }

    /// @return its bytes as they were written; empty while there is none
    /// @throws ProblemException `not_found`
    Optional<byte[]> report(String tenant, String project) {
        return known(tenant, project).report().map(this::stored);
    }

    /// @throws ProblemException `not_found`
    void requireKnown(TenantId tenant, String project) {
        known(tenant.value(), project);
    }

    /// @return empty while it is under way
    Optional<String> verdict(TenantId tenant, String project) {
        return register.known(tenant.value(), project).flatMap(Known::verdict);
    }

    private Known known(String tenant, String project) {
        return register.known(tenant, project).orElseThrow(Projects::missing);
    }

    private byte[] stored(String digest) {
        return content.get(digest).orElseThrow(Projects::unavailable);
    }

    /// A report as it was written.
    static JsonObject parsed(byte[] report) {
        try {
            return StrictJson.parseObject(report);
        } catch (MalformedJson e) {
            throw new IllegalStateException("a report is not JSON any more", e);
        }
    }

    /// Lets a model show whether it can write programs.
    ///
    /// @throws ProblemException `conflict` while it does so already
    void certify(CertificateOrder order) {
        CertifyWorkflow stub =
                temporal.required()
                        .newWorkflowStub(
                                CertifyWorkflow.class,
                                WorkflowOptions.newBuilder()
                                        .setTaskQueue(TemporalConnection.QUEUE)
                                        .setPriority(shares.of(order.tenant()))
                                        .setWorkflowId(
                                                "kq-cert/" + order.tenant() + "/" + order.model())
                                        .build());
        try {
            WorkflowClient.start(stub::run, order);
        } catch (WorkflowExecutionAlreadyStarted there) {
            throw Reply.refuse(ProblemKind.CONFLICT, "The model is being tried already.");
        } catch (StatusRuntimeException | WorkflowException e) {
            throw unavailable();
        }
    }

    /// Projects of a tenant, newest first.
    List<JsonObject> newest(TenantId tenant) {
        return register.newest(tenant, MOST_LISTED);
    }

    /// What happened after a number.
    List<JsonObject> happenings(TenantId tenant, String project, long after) {
        return register.happenings(tenant, project, after);
    }

    /// What waits for people in a tenant, longest first.
    List<JsonObject> waiting(TenantId tenant) {
        return register.queue().waiting(tenant, MOST_LISTED);
    }

    /// Lets a person look at what waits.
    ///
    /// @return until when nobody else decides
    /// @throws ProblemException `not_found` when it does not wait, `conflict` while somebody else
    /// looks at it
    Instant claim(TenantId tenant, String project, String task, String by) {
        return register.queue().claim(tenant, project, task, by);
    }

    /// @throws ProblemException `conflict` while somebody else looks at it
    void requireUnclaimed(TenantId tenant, String project, String task, String by) {
        register.queue().requireUnclaimed(tenant, project, task, by);
    }

    /// @return digest by which it is found
    String keep(byte[] bytes) {
        return content.put(bytes);
    }

    Optional<byte[]> content(String digest) {
        return content.get(digest);
    }
}
