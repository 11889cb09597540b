package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.work.TemporalNamespaces;
import dev.soma.kamachiq.work.WorkflowBuild;
import dev.soma.kernel.ProblemKind;
import dev.soma.runtime.Reply;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.workflowservice.v1.DescribeNamespaceRequest;
import io.temporal.api.workflowservice.v1.DescribeWorkerDeploymentRequest;
import io.temporal.api.workflowservice.v1.SetWorkerDeploymentCurrentVersionRequest;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowClientOptions;
import io.temporal.common.WorkerDeploymentVersion;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import java.time.Duration;
import java.util.Optional;

/// The Temporal server, where one is named. Connects when it is first needed.
class TemporalConnection implements AutoCloseable {
    /// Where workers of the platform look for work; what takes a gateway has a queue beside it.
    static final String QUEUE = "kamachiq";

    private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(10);

    private final String namespace;
    private final Optional<WorkflowServiceStubs> service;
    private final Optional<WorkflowClient> client;

    TemporalConnection(KamachiqSettings settings) {
        this.namespace = settings.namespace();
        this.service =
                settings.temporal().isBlank()
                        ? Optional.empty()
                        : Optional.of(
                                WorkflowServiceStubs.newServiceStubs(
                                        WorkflowServiceStubsOptions.newBuilder()
                                                .setTarget(settings.temporal())
                                                .setRpcTimeout(ANSWERS_WITHIN)
                                                .build()));
        this.client =
                service.map(
                        stubs ->
                                WorkflowClient.newInstance(
                                        stubs,
                                        WorkflowClientOptions.newBuilder()
                                                .setNamespace(settings.namespace())
                                                .build()));
    }

    /// New projects begin with this build from now on. Workers of it have to be there, so it is
    /// asked
    /// for again until the server has seen one.
    ///
    /// @throws io.grpc.StatusRuntimeException while it has not, or does not answer
    void makeCurrent(WorkerDeploymentVersion build) {
        service.ifPresent(
                stubs ->
                        stubs.blockingStub()
                                .setWorkerDeploymentCurrentVersion(
                                        SetWorkerDeploymentCurrentVersionRequest.newBuilder()
                                                .setNamespace(namespace)
                                                .setDeploymentName(build.getDeploymentName())
                                                .setBuildId(build.getBuildId())
                                                .setIgnoreMissingTaskQueues(true)
                                                .setIdentity("soma")
                                                .build()));
    }

    /// The same where no build is current, as on a server that has lost everything.
    void requireCurrent(WorkerDeploymentVersion build) {
        if (service.isPresent() && !hasCurrent(service.get())) {
            makeCurrent(build);
        }
    }

    private boolean hasCurrent(WorkflowServiceStubs stubs) {
        try {
            return stubs.blockingStub()
                    .describeWorkerDeployment(
                            DescribeWorkerDeploymentRequest.newBuilder()
                                    .setNamespace(namespace)
                                    .setDeploymentName(WorkflowBuild.DEPLOYMENT)
                                    .build())
                    .getWorkerDeploymentInfo()
                    .getRoutingConfig()
                    .hasCurrentDeploymentVersion();
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    /// Makes what projects need on the server.
    void prepare() {
        service.ifPresent(stubs -> TemporalNamespaces.prepare(stubs, namespace));
    }

    Optional<WorkflowClient> client() {
        return client;
    }

    /// Ends the request where there is none.
    WorkflowClient required() {
        return client.orElseThrow(
                () ->
                        Reply.refuse(
                                ProblemKind.ENGINE_UNAVAILABLE,
                                "This platform carries out no projects: no Temporal server is named"
                                        + " (soma.kamachiq.temporal)."));
    }

    /// Why the server does not answer; empty when it does, or none is named.
    Optional<String> problem() {
        try {
            service.ifPresent(
                    stubs -> {
                        stubs.healthCheck();
                        stubs.blockingStub()
                                .describeNamespace(
                                        DescribeNamespaceRequest.newBuilder()
                                                .setNamespace(namespace)
                                                .build());
                    });
            return Optional.empty();
        } catch (RuntimeException e) {
            return Optional.of("Temporal does not answer: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        service.ifPresent(WorkflowServiceStubs::shutdownNow);
    }
}
