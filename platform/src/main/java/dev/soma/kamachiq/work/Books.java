package dev.soma.kamachiq.work;

import dev.soma.kamachiq.work.Payloads.Happening;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.metering.ProjectBudgets.Account;
import java.util.List;

/// What is written down of projects outside of their workflows: the ledger, the register, the
/// events. Everything may be told twice and counts once. Thread-safe.
public interface Books {
    /// What the ledger knows: the project first, then its tasks by id.
    List<Account> spent(ProjectOrder order);

    /// What happened, in order.
    ///
    /// @param first number of the first, counted from 0 in each project
    void happened(ProjectOrder order, long first, List<Happening> happenings);

    /// Everything that was told of a project, in order.
    List<Happening> told(ProjectOrder order);

    /// A project has ended.
    ///
    /// @param digest of its report
    /// @param report what it says
    void ended(ProjectOrder order, String verdict, String digest, JsonObject report);
}
