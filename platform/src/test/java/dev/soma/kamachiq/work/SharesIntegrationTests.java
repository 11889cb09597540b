package dev.soma.kamachiq.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.soma.devkit.TestEngines;
import io.temporal.activity.ActivityInterface;
import io.temporal.activity.ActivityOptions;
import io.temporal.client.WorkflowClient;
import io.temporal.client.WorkflowOptions;
import io.temporal.client.WorkflowStub;
import io.temporal.serviceclient.WorkflowServiceStubs;
import io.temporal.serviceclient.WorkflowServiceStubsOptions;
import io.temporal.worker.WorkerFactory;
import io.temporal.worker.WorkerOptions;
import io.temporal.workflow.Async;
import io.temporal.workflow.Promise;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// Shares of tenants on the real server.
class SharesIntegrationTests {
    private static final int EACH = 400;
    private static final String QUEUE = "shares";
    private static final String WORK = "shares-work";

    @WorkflowInterface
    public interface Crowd {
        @WorkflowMethod
        void run(String tenant);
    }

    @ActivityInterface
    public interface Work {
        void work(String tenant);
    }

    /// Asks for everything at once.
    public static final class Crowding implements Crowd {
        @Override
        public void run(String tenant) {
            Work work =
                    Workflow.newActivityStub(
                            Work.class,
                            ActivityOptions.newBuilder()
                                    .setTaskQueue(WORK)
                                    .setStartToCloseTimeout(Duration.ofMinutes(2))
                                    .build());
            List<Promise<Void>> all = new ArrayList<>();
            for (int i = 0; i < EACH; i++) {
                all.add(Async.procedure(work::work, tenant));
            }
            Promise.allOf(all).get();
        }
    }

    @Test
    void whenThereIsNotEnoughForAllTenantsGetWhatTheyWeigh() {
        WorkflowServiceStubs service =
                WorkflowServiceStubs.newServiceStubs(
                        WorkflowServiceStubsOptions.newBuilder()
                                .setTarget(TestEngines.temporal().address())
                                .build());
        WorkflowClient client = WorkflowClient.newInstance(service);
        WorkerFactory planners = WorkerFactory.newInstance(client);
        planners.newWorker(QUEUE).registerWorkflowImplementationTypes(Crowding.class);
        planners.start();
        WorkerFactory workers = WorkerFactory.newInstance(client);
        ConcurrentLinkedQueue<String> done = new ConcurrentLinkedQueue<>();
        workers.newWorker(
                        WORK,
                        WorkerOptions.newBuilder().setMaxConcurrentActivityExecutionSize(1).build())
                .registerActivitiesImplementations((Work) done::add);
        try {
            Shares shares = Shares.parse("acme=3");
            List<WorkflowStub> crowds =
                    List.of("acme", "labs").stream()
                            .map(tenant -> crowd(client, shares, tenant))
                            .toList();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> crowds.stream().allMatch(crowd -> isWaiting(client, crowd)));
            workers.start();
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> done.size() >= EACH);
            long heavy = done.stream().limit(EACH).filter("acme"::equals).count();
            System.out.printf("%d of the first %d steps were acme's%n", heavy, EACH);
            assertThat(heavy / (double) EACH).isBetween(0.75 - 0.075, 0.75 + 0.075);
            crowds.forEach(crowd -> crowd.getResult(Void.class));
        } finally {
            workers.shutdownNow();
            planners.shutdownNow();
            service.shutdownNow();
        }
    }

    private static WorkflowStub crowd(WorkflowClient client, Shares shares, String tenant) {
        Crowd crowd =
                client.newWorkflowStub(
                        Crowd.class,
                        WorkflowOptions.newBuilder()
                                .setTaskQueue(QUEUE)
                                .setPriority(shares.of(tenant))
                                .setWorkflowId("shares/" + tenant + "/" + System.nanoTime())
                                .build());
        WorkflowClient.start(crowd::run, tenant);
        return WorkflowStub.fromTyped(crowd);
    }

    private static boolean isWaiting(WorkflowClient client, WorkflowStub crowd) {
        return client.fetchHistory(Objects.requireNonNull(crowd.getExecution()).getWorkflowId())
                        .getEvents()
                        .size()
                > EACH;
    }

    @Test
    void aShareIsATenantAndANumberWithinBounds() {
        assertThat(Shares.parse(" ").weights()).isEmpty();
        assertThat(Shares.parse("acme=2, labs=0.5").weights())
                .isEqualTo(Map.of("acme", 2f, "labs", 0.5f));
        for (String wrong :
                new String[] {"acme", "acme=", "acme=0", "acme=1001", "acme=NaN", "=2"}) {
            assertThatThrownBy(() -> Shares.parse(wrong))
                    .as(wrong)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
