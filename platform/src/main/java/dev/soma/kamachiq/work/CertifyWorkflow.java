package dev.soma.kamachiq.work;

import dev.soma.kamachiq.work.Payloads.CertificateOrder;
import dev.soma.kamachiq.work.Payloads.Shown;
import io.temporal.workflow.WorkflowInterface;
import io.temporal.workflow.WorkflowMethod;

/// Finds out whether a model can write programs: it is given probes like any agent, under the same
/// rules and the same gate.
@WorkflowInterface
public interface CertifyWorkflow {
    @WorkflowMethod(name = "CertifyModelWorkflow")
    Shown run(CertificateOrder order);
}
