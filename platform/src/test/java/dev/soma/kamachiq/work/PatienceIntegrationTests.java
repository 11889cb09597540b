package dev.soma.kamachiq.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kamachiq.work.Payloads.Happening;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import io.temporal.client.WorkflowStub;
import io.temporal.testing.TestWorkflowEnvironment;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Days of waiting, on the library's server that skips time; everything else is real.
class PatienceIntegrationTests {
    @Test
    void aPersonIsRemindedThenOthersAreToldAndAfterThreeDaysItIsRejected() throws Exception {
        try (ProjectWorld world = new ProjectWorld(61_700);
                TestWorkflowEnvironment days = TestWorkflowEnvironment.newInstance()) {
            Visibility.attributes()
                    .forEach(
                            attribute ->
                                    days.registerSearchAttribute(
                                            attribute.getName(), attribute.getValueType()));
            world.register(days.getWorkerFactory());
            days.start();
            ProjectWorkflow workflow =
                    world.start(
                            days.getWorkflowClient(),
                            """
                            id: slow
                            title: A calculator
                            text: It has a plotting window.
                            budget_tokens: 1
                            timeout_minutes: 100000
                            """);
            ProjectResult result =
                    WorkflowStub.fromTyped(workflow)
                            .getResult(120, TimeUnit.SECONDS, ProjectResult.class);
            assertThat(result.verdict()).isEqualTo("REJECTED");
            assertThat(result.reasons()).contains("nobody decided in time");
            ProjectOrder order = world.order();
            List<Happening> told = world.platform.bean(Books.class).told(order);
            assertThat(told)
                    .extracting(Happening::kind)
                    .containsExactly("RULING", "WAITS", "REMINDED", "ESCALATED", "EXPIRED");
            long asked = told.get(1).atMillis();
            assertThat(told.subList(2, 5))
                    .extracting(one -> Duration.ofMillis(one.atMillis() - asked).toHours())
                    .containsExactly(4L, 24L, 72L);
        }
    }
}
