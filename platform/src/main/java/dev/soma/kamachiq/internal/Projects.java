package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.spec.ProjectSpec;
import dev.soma.kamachiq.work.CertifyWorkflow;
import dev.soma.kamachiq.work.ContentStore;
import dev.soma.kamachiq.work.Payloads.CertificateOrder;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kamachiq.work.Payloads.Submitter;
import dev.soma.kamachiq.work.ProjectWorkflow;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.runtime.Reply;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.enums.v1.WorkflowExecutionStatus;
import io.temporal.api.enums.v1.WorkflowIdReusePolicy;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowException;
import io.temporal.client.WorkflowExecutionAlreadyStarted;
import io.temporal.client.WorkflowNotFoundException;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/// Projects of tenants on Temporal. Thread-safe.
class Projects {
    private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    private static final int MOST_LISTED = 200;

    private final TemporalConnection temporal;
    private final ContentStore content;
    private final ProjectRegister register;

    Projects(TemporalConnection temporal, ContentStore content, ProjectRegister register) {
        this.temporal = temporal;
        this.content = content;
        this.register = register;
    }

    private static String workflow(String tenant, String project) {
        return "kq/" + tenant + "/" + project;
    }

    /// Starts a project; the same bytes again are the same project.
    ///
    /// @return whether it was started now
    /// @throws ProblemException `conflict` when the project has another specification
    boolean submit(String tenant, ProjectSpec named, byte[] spec, Submitter by) {
        String project = named.id();
        WorkflowClient client = temporal.required();
        String digest = content.put(spec);
        ProjectWorkflow stub =
                client.newWorkflowStub(
                        ProjectWorkflow.class,
                        WorkflowOptions.newBuilder()
                                .setTaskQueue(TemporalConnection.QUEUE)
                                .setWorkflowId(workflow(tenant, project))
                                .setWorkflowIdReusePolicy(
                                        WorkflowIdReusePolicy
                                                .WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
                                .build());
        ProjectOrder order = new ProjectOrder(tenant, project, digest, by);
        register.submitted(order, named.title());
        try {
            WorkflowClient.start(stub::run, order);
            return true;
        } catch (WorkflowExecutionAlreadyStarted there) {
            if (ask(tenant, project, ProjectWorkflow::order).spec().equals(digest)) {
                return false;
            }
            throw Reply.refuse(
                    ProblemKind.CONFLICT, "The project has been handed in with another text.");
        } catch (StatusRuntimeException | WorkflowException e) {
            throw unavailable();
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
        return ended(tenant, project)
                ? Reply.refuse(ProblemKind.CONFLICT, "The project has ended.")
                : missing();
    }

    private static ProblemException missing() {
        return Reply.refuse(ProblemKind.NOT_FOUND, "There is no such project.");
    }

    private boolean ended(String tenant, String project) {
        try {
            return stub(tenant, project).describe().getStatus()
                    != WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING;
        } catch (WorkflowNotFoundException e) {
            return false;
        }
    }

    private WorkflowStub stub(String tenant, String project) {
        return temporal.required().newUntypedWorkflowStub(workflow(tenant, project));
    }

    /// @return empty while it runs
    Optional<ProjectResult> result(String tenant, String project) {
        ask(tenant, project, ProjectWorkflow::order);
        try {
            return ended(tenant, project)
                    ? Optional.of(stub(tenant, project).getResult(ProjectResult.class))
                    : Optional.empty();
        } catch (WorkflowException | StatusRuntimeException e) {
            throw unavailable();
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

    Optional<byte[]> content(String digest) {
        return content.get(digest);
    }
}
