package dev.soma.conversation.internal;

import dev.soma.conversation.internal.TurnRepository.SessionRow;
import dev.soma.conversation.internal.TurnWrite.Admission;
import dev.soma.conversation.internal.TurnWrite.Admission.Admitted;
import dev.soma.conversation.internal.TurnWrite.Admission.NotAdmitted;
import dev.soma.conversation.internal.TurnWrite.Admit;
import dev.soma.conversation.internal.TurnWrite.TurnKey;
import dev.soma.kernel.ProblemKind;
import dev.soma.metering.Ledger.HoldOutcome;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/// Which turns of one batch may run, asked in the order in which they came: what the database said
/// under its locks, and what earlier turns of the batch have taken since.
final class Admissions {
    private final long epoch;
    private final Set<UUID> firstOfTheirKeys;
    private final Map<String, SessionRow> sessions;
    private final Map<String, Long> room;
    private final Set<String> taken = new HashSet<>();

    /// @param epoch of the constitution in force
    /// @param firstOfTheirKeys turns that are the first of their idempotency key, or have none
    /// @param room how many more turns each tenant may run; a tenant without a bound is missing
    Admissions(
            long epoch,
            Set<UUID> firstOfTheirKeys,
            Map<String, SessionRow> sessions,
            Map<String, Long> room) {
        this.epoch = epoch;
        this.firstOfTheirKeys = firstOfTheirKeys;
        this.sessions = sessions;
        this.room = new HashMap<>(room);
    }

    /// Everything but money and approvals.
    Admission beforeMoney(Admit admit) {
        if (!firstOfTheirKeys.contains(admit.key().turn())) {
            return new NotAdmitted(
                    ProblemKind.CONFLICT,
                    "The request with this Idempotency-Key is being answered.");
        }
        return inSession(admit) instanceof NotAdmitted refused ? refused : inRoom(admit);
    }

    private Admission inSession(Admit admit) {
        TurnKey key = admit.key();
        if (key.verdict().epoch() != epoch) {
            return new NotAdmitted(
                    ProblemKind.CONSTITUTION_CHANGED,
                    "Another constitution came into force; send the request again.");
        }
        if (key.implicit()) {
            return new Admitted(1);
        }
        SessionRow session = sessions.get(TurnRepository.sessionKey(key));
        if (session == null || !session.owner().equals(key.actor().actor().user().value())) {
            return new NotAdmitted(ProblemKind.NOT_FOUND, "There is no such session.");
        }
        if (session.ended()) {
            return new NotAdmitted(ProblemKind.CONFLICT, "The session has ended; start another.");
        }
        if (session.runningTurn().isPresent() || !taken.add(TurnRepository.sessionKey(key))) {
            return new NotAdmitted(
                    ProblemKind.SESSION_BUSY, "Wait for the session's running turn to end.");
        }
        if (admit.asked().head().orElse(session.head()) != session.head()) {
            return new NotAdmitted(
                    ProblemKind.SESSION_BUSY, "Another turn of the session came first.");
        }
        return new Admitted(first(admit));
    }

    private Admission inRoom(Admit admit) {
        String tenant = admit.key().actor().tenant().value();
        Long left = room.get(tenant);
        if (left != null && left < 1) {
            return new NotAdmitted(
                    ProblemKind.CONCURRENCY_EXCEEDED,
                    "The constitution bounds the turns that run at once"
                            + " (rules.max_concurrent_operations); wait for one to end.");
        }
        if (left != null) {
            room.put(tenant, left - 1);
        }
        return new Admitted(first(admit));
    }

    private long first(Admit admit) {
        SessionRow session = sessions.get(TurnRepository.sessionKey(admit.key()));
        return session == null ? 1 : session.head() + 1;
    }

    /// What the ledger's word makes of a turn that nothing else stood against.
    Admission afterMoney(Admit admit, HoldOutcome hold) {
        return switch (hold) {
            case HoldOutcome.Held() -> new Admitted(first(admit));
            case HoldOutcome.NoBudget() ->
                    new NotAdmitted(
                            ProblemKind.BUDGET_MISSING,
                            "An operator has to set a budget for the tenant.");
            case HoldOutcome.DoesNotFit(String scope, String unit, long left) ->
                    new NotAdmitted(
                            ProblemKind.BUDGET_EXHAUSTED,
                            "The budget of %s has %d %s left, which does not cover this turn's upper bound."
                                    .formatted(scope, Math.max(0, left), unit));
        };
    }
}
