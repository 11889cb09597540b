package dev.soma.kamachiq.work;

import dev.soma.kamachiq.plan.TaskType;
import dev.soma.kamachiq.work.Payloads.CertificateOrder;
import dev.soma.kamachiq.work.Payloads.ProbeResult;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.Ruling;
import dev.soma.kamachiq.work.Payloads.RulingOrder;
import dev.soma.kamachiq.work.Payloads.Shown;
import dev.soma.kamachiq.work.Payloads.TaskOrder;
import dev.soma.kamachiq.work.Payloads.TaskResult;
import dev.soma.kamachiq.work.Payloads.Why;
import dev.soma.kamachiq.work.Payloads.Word;
import io.temporal.failure.ApplicationFailure;
import io.temporal.workflow.Async;
import io.temporal.workflow.ChildWorkflowOptions;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// [CertifyWorkflow]. One try for each probe: what a model needs a review for, it has not shown.
public class Certify implements CertifyWorkflow {
    static final int PROBES = 20;
    private static final int AT_ONCE = 4;
    private static final Duration MOST = Duration.ofMinutes(30);

    private final List<ProbeResult> results = new ArrayList<>();
    private int running;

    @Override
    public Shown run(CertificateOrder order) {
        List<String> probes =
                Stubs.planning().drawProbes(order, Workflow.newRandom().nextLong(), PROBES);
        ProjectOrder first = probe(order, probes.getFirst());
        Ruling ruling = Stubs.ruling().evaluate(new RulingOrder(first, "", Project.PLANNER, ""));
        if (ruling.word() != Word.ALLOW) {
            throw ApplicationFailure.newNonRetryableFailure(
                    "the rules do not let it be tried: " + ruling.detail(), "Ruling");
        }
        for (int i = 0; i < probes.size(); i++) {
            begin(order, i, probes.get(i));
            Workflow.await(() -> running < AT_ONCE);
        }
        Workflow.await(() -> running == 0);
        return Stubs.reporting().certify(order, results);
    }

    private static ProjectOrder probe(CertificateOrder order, String spec) {
        return new ProjectOrder(order.tenant(), order.account(), spec, order.by());
    }

    private void begin(CertificateOrder order, int number, String spec) {
        AgentTaskWorkflow agent =
                Workflow.newChildWorkflowStub(
                        AgentTaskWorkflow.class,
                        ChildWorkflowOptions.newBuilder()
                                .setWorkflowId(
                                        "%s/%s/p%d"
                                                .formatted(
                                                        Workflow.getInfo().getWorkflowId(),
                                                        order.account(),
                                                        number))
                                .setWorkflowRunTimeout(MOST)
                                .build());
        PlannedTask task = PlannedTask.of(Deliverable.PROGRAM, TaskType.CODE, List.of());
        running++;
        Async.function(
                        agent::run,
                        new TaskOrder(
                                probe(order, spec),
                                task,
                                1,
                                1,
                                order.model(),
                                "",
                                Map.of(),
                                "",
                                ""))
                .handle(
                        (result, failure) -> {
                            running--;
                            results.add(
                                    result == null
                                            ? new ProbeResult(
                                                    spec, 0, false, String.valueOf(failure))
                                            : shown(spec, result));
                            return true;
                        });
    }

    private static ProbeResult shown(String spec, TaskResult result) {
        return result.stop().why() == Why.NONE
                ? new ProbeResult(
                        spec,
                        result.review().getFirst().basisPoints(),
                        result.review().getFirst().approved(),
                        "")
                : new ProbeResult(spec, 0, false, result.stop().detail());
    }
}
