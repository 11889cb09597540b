package dev.soma.devkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.worker.WorkerFactory;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TemporalIntegrationTests {
    private static final String QUEUE = "devkit";

    /// Waits a moment on the server's own timer, then answers.
    @WorkflowInterface
    public interface Greeting {
        @WorkflowMethod
        String greet(String name);
    }

    /// Its answer.
    public static final class GreetingWorkflow implements Greeting {
        @Override
        public String greet(String name) {
            io.temporal.workflow.Workflow.sleep(Duration.ofMillis(10));
            return "Hello " + name;
        }
    }

    @Test
    void runsAWorkflowAndKeepsItsResultOverKillNine() throws Exception {
        EngineSet.Temporal temporal = TestEngines.temporal();
        assertThat(greet(temporal.address(), "first", true)).isEqualTo("Hello first");

        temporal.process().kill();
        temporal.process().start();

        assertThat(greet(temporal.address(), "first", false)).isEqualTo("Hello first");
        assertThat(greet(temporal.address(), "second", true)).isEqualTo("Hello second");
    }

    private static String greet(String address, String name, boolean start) throws Exception {
        WorkflowServiceStubs service =
                WorkflowServiceStubs.newServiceStubs(
                        WorkflowServiceStubsOptions.newBuilder().setTarget(address).build());
        WorkflowClient client = WorkflowClient.newInstance(service);
        WorkerFactory factory = WorkerFactory.newInstance(client);
        try {
            factory.newWorker(QUEUE).registerWorkflowImplementationTypes(GreetingWorkflow.class);
            factory.start();
            if (start) {
                Greeting greeting =
                        client.newWorkflowStub(
                                Greeting.class,
                                WorkflowOptions.newBuilder()
                                        .setTaskQueue(QUEUE)
                                        .setWorkflowId(name)
                                        .build());
                WorkflowClient.start(greeting::greet, name);
            }
            return client.newUntypedWorkflowStub(name)
                    .getResult(30, TimeUnit.SECONDS, String.class);
        } finally {
            factory.shutdownNow();
            service.shutdownNow();
        }
    }
}
