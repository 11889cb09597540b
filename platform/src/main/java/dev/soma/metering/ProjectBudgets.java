package dev.soma.metering;

import dev.soma.kernel.Permit;
import dev.soma.kernel.TenantId;
import java.util.List;

/// Budgets of projects, in tokens. A project's limit is a row of the ledger and passed to nobody:
/// whatever is spent for it is held there first. Nine tenths are for its tasks; the last tenth is
/// kept for its own steps, so that a project that has spent everything can still be reviewed and
/// reported. Thread-safe; each call is a transaction of its own.
public interface ProjectBudgets {
    /// Gives a project its budget. What it has already stays as it is.
    ///
    /// @param tokens the limit, from 0
    void open(Permit permit, String project, long tokens);

    /// Lets a task of the project spend, up to what the tasks may together. Once is enough.
    void openTask(Permit permit, String project, String task);

    /// Raises a project's limit.
    ///
    /// @param tokens more than before, from 1
    void topUp(Permit permit, String project, long tokens);

    /// What has been spent and what is held at this moment: first the project, then its tasks by
    /// id.
    /// Empty for a project that has no budget.
    List<Account> accounts(TenantId tenant, String project);

    /// @param task empty for the project as a whole
    /// @param limit what settled and held may reach together
    record Account(String task, long limit, long settled, long held) {}
}
