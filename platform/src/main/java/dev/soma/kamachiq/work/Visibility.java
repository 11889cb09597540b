package dev.soma.kamachiq.work;

import io.temporal.common.SearchAttributeKey;
import io.temporal.common.SearchAttributeUpdate;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/// How projects are found in Temporal's own lists: by tenant, state, deadline, and by what they
/// wait
/// for. One for each workflow; a change that is none leaves no trace in the history.
public final class Visibility {
    private static final SearchAttributeKey<String> TENANT =
            SearchAttributeKey.forKeyword("KqTenant");
    private static final SearchAttributeKey<String> STATE =
            SearchAttributeKey.forKeyword("KqState");
    private static final SearchAttributeKey<Boolean> AWAITING_HUMAN =
            SearchAttributeKey.forBoolean("KqAwaitingHuman");
    private static final SearchAttributeKey<Long> BLOCKED_COUNT =
            SearchAttributeKey.forLong("KqBlockedCount");
    private static final SearchAttributeKey<OffsetDateTime> DEADLINE =
            SearchAttributeKey.forOffsetDateTime("KqDeadline");

    private static final SearchAttributeKey<Long> BUDGET_PERCENT =
            SearchAttributeKey.forLong("KqBudgetPct");

    private Shown shown = new Shown("", false, 0, 0);

    /// What a namespace has to know before the first project begins.
    public static List<SearchAttributeKey<?>> attributes() {
        return List.of(TENANT, STATE, AWAITING_HUMAN, BLOCKED_COUNT, BUDGET_PERCENT, DEADLINE);
    }

    /// @param state the phase, or the verdict
    /// @param blocked tasks that the rules stop
    /// @param spent percent of what its tasks may spend
    record Shown(String state, boolean awaitingHuman, long blocked, long spent) {}

    void begin(String tenant) {
        Workflow.upsertTypedSearchAttributes(TENANT.valueSet(tenant));
    }

    /// @param time that the project has from now on
    void deadline(Duration time) {
        Instant end = Instant.ofEpochMilli(Workflow.currentTimeMillis()).plus(time);
        Workflow.upsertTypedSearchAttributes(
                DEADLINE.valueSet(OffsetDateTime.ofInstant(end, ZoneOffset.UTC)));
    }

    void show(Shown now) {
        List<SearchAttributeUpdate<?>> changes = new ArrayList<>();
        if (!now.state().equals(shown.state())) {
            changes.add(STATE.valueSet(now.state()));
        }
        if (now.awaitingHuman() != shown.awaitingHuman()) {
            changes.add(AWAITING_HUMAN.valueSet(now.awaitingHuman()));
        }
        if (now.blocked() != shown.blocked()) {
            changes.add(BLOCKED_COUNT.valueSet(now.blocked()));
        }
        if (now.spent() != shown.spent()) {
            changes.add(BUDGET_PERCENT.valueSet(now.spent()));
        }
        if (!changes.isEmpty()) {
            Workflow.upsertTypedSearchAttributes(changes.toArray(SearchAttributeUpdate<?>[]::new));
        }
        shown = now;
    }
}
