package dev.soma.kamachiq.work;

import dev.soma.kamachiq.work.Payloads.TaskOrder;
import dev.soma.kamachiq.work.Payloads.TaskResult;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/// One try of one task by one agent: the rules are asked, the work is done, the work is reviewed.
@WorkflowInterface
public interface AgentTaskWorkflow {
    @WorkflowMethod(name = "AgentTaskWorkflow")
    TaskResult run(TaskOrder order);
}
