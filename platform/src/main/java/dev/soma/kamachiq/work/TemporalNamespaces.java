package dev.soma.kamachiq.work;

import com.google.protobuf.util.Durations;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.temporal.api.operatorservice.v1.AddSearchAttributesRequest;
import io.temporal.api.operatorservice.v1.ListSearchAttributesRequest;
import io.temporal.api.workflowservice.v1.DescribeNamespaceRequest;
import io.temporal.api.workflowservice.v1.RegisterNamespaceRequest;
import io.temporal.serviceclient.OperatorServiceStubs;
import io.temporal.serviceclient.OperatorServiceStubsOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the namespace, and what projects are found by in it, where they are missing.
public final class TemporalNamespaces {
    private static final Logger log = LoggerFactory.getLogger(TemporalNamespaces.class);

    /// What has ended stays this long; the platform's own register stays longer.
    private static final long RETENTION_DAYS = 30;

    private TemporalNamespaces() {}

    /// May be done by several nodes at once.
    ///
    /// @throws StatusRuntimeException when the server does not answer or does not let it
    public static void prepare(WorkflowServiceStubs service, String namespace) {
        namespace(service, namespace);
        OperatorServiceStubs operator =
                OperatorServiceStubs.newServiceStubs(
                        OperatorServiceStubsOptions.newBuilder()
                                .setChannel(service.getRawChannel())
                                .validateAndBuildWithDefaults());
        attributes(operator, namespace);
    }

    private static void namespace(WorkflowServiceStubs service, String namespace) {
        try {
            service.blockingStub()
                    .describeNamespace(
                            DescribeNamespaceRequest.newBuilder().setNamespace(namespace).build());
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() != Status.Code.NOT_FOUND) {
                throw e;
            }
            try {
                service.blockingStub()
                        .registerNamespace(
                                RegisterNamespaceRequest.newBuilder()
                                        .setNamespace(namespace)
                                        .setDescription("Projects of SomaAgent Hub")
                                        .setWorkflowExecutionRetentionPeriod(
                                                Durations.fromDays(RETENTION_DAYS))
                                        .build());
                log.atInfo().addKeyValue("namespace", namespace).log("namespace made");
            } catch (StatusRuntimeException raced) {
                requireThere(raced);
            }
        }
    }

    private static void requireThere(StatusRuntimeException raced) {
        if (raced.getStatus().getCode() != Status.Code.ALREADY_EXISTS) {
            throw raced;
        }
    }

    private static void attributes(OperatorServiceStubs operator, String namespace) {
        var known =
                operator.blockingStub()
                        .listSearchAttributes(
                                ListSearchAttributesRequest.newBuilder()
                                        .setNamespace(namespace)
                                        .build())
                        .getCustomAttributesMap();
        AddSearchAttributesRequest.Builder missing =
                AddSearchAttributesRequest.newBuilder().setNamespace(namespace);
        Visibility.attributes().stream()
                .filter(attribute -> !known.containsKey(attribute.getName()))
                .forEach(
                        attribute ->
                                missing.putSearchAttributes(
                                        attribute.getName(), attribute.getValueType()));
        if (missing.getSearchAttributesCount() > 0) {
            try {
                operator.blockingStub().addSearchAttributes(missing.build());
            } catch (StatusRuntimeException raced) {
                requireThere(raced);
            }
        }
    }
}
