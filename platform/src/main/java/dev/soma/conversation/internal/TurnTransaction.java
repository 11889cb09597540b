package dev.soma.conversation.internal;

import dev.soma.constitution.Constitutions;
import dev.soma.conversation.internal.JournalRepository.Entry;
import dev.soma.conversation.internal.OnceRepository.Claim;
import dev.soma.conversation.internal.TurnRepository.Inserted;
import dev.soma.conversation.internal.TurnRepository.SessionRow;
import dev.soma.conversation.internal.TurnWrite.Admission;
import dev.soma.conversation.internal.TurnWrite.Admission.Admitted;
import dev.soma.conversation.internal.TurnWrite.Admission.NotAdmitted;
import dev.soma.conversation.internal.TurnWrite.Admit;
import dev.soma.conversation.internal.TurnWrite.Append;
import dev.soma.conversation.internal.TurnWrite.End;
import dev.soma.conversation.internal.TurnWrite.Extend;
import dev.soma.conversation.internal.TurnWrite.Refuse;
import dev.soma.conversation.internal.TurnWrite.TurnEnd;
import dev.soma.conversation.internal.TurnWrite.TurnKey;
import dev.soma.events.EventDraft;
import dev.soma.events.Outbox;
import dev.soma.kernel.ProblemKind;
import dev.soma.metering.Ledger;
import dev.soma.metering.Ledger.HoldOutcome;
import dev.soma.metering.Ledger.Settlement;
import dev.soma.policy.Approvals;
import dev.soma.policy.DecisionLog;
import dev.soma.policy.DecisionRow;
import dev.soma.policy.PolicyEngine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.transaction.support.TransactionTemplate;

/// What one group commit does, in this order: frames of running turns go into the journal, ends
/// free
/// their money and sessions, then turns are admitted as they came, then refusals are noted, then
/// every event is told. Locks are always taken in the order journal, session, tenant, account,
/// outbox
/// key, so that nodes cannot wait for each other in a ring; the frames of ends and beginnings go
/// into
/// the journal last, where their places are nobody else's.
class TurnTransaction {
    private final TransactionTemplate transactions;
    private final TurnRepository turns;
    private final JournalRepository journal;
    private final OnceRepository once;
    private final Endings endings;
    private final Ledger ledger;
    private final Records records;
    private final Law law;
    private final NodePulse node;

    /// Where it is told.
    record Records(
            Outbox outbox, ConversationEvents events, DecisionLog decisions, Approvals approvals) {}

    /// What the module keeps of turns.
    record Tables(
            TurnRepository turns,
            JournalRepository journal,
            OnceRepository once,
            Endings endings) {}

    /// What admission is bound by beside money.
    record Law(Constitutions constitutions, PolicyEngine policy) {}

    TurnTransaction(
            TransactionTemplate transactions,
            Tables tables,
            Ledger ledger,
            Records records,
            Law law,
            NodePulse node) {
        this.transactions = transactions;
        this.turns = tables.turns();
        this.journal = tables.journal();
        this.once = tables.once();
        this.endings = tables.endings();
        this.ledger = ledger;
        this.records = records;
        this.law = law;
        this.node = node;
    }

    /// Writes the batch.
    ///
    /// @return tells every waiter, to be run once the transaction has committed
    Runnable run(List<TurnWrite> batch) {
        List<Runnable> tell = new ArrayList<>(batch.size());
        transactions.executeWithoutResult(
                status -> {
                    List<EventDraft> told = new ArrayList<>(batch.size());
                    List<Entry> frames = new ArrayList<>(batch.size());
                    append(only(batch, Append.class), tell);
                    end(only(batch, End.class), told, frames, tell);
                    extend(only(batch, Extend.class), tell);
                    admit(only(batch, Admit.class), told, frames, tell);
                    refuse(only(batch, Refuse.class), told, tell);
                    requireFree(journal.append(frames));
                    records.decisions().insert(decided(batch));
                    records.outbox().add(told);
                });
        return () -> tell.forEach(Runnable::run);
    }

    private static List<DecisionRow> decided(List<TurnWrite> batch) {
        return batch.stream()
                .filter(write -> write instanceof Admit || write instanceof Refuse)
                .map(write -> write.key().row())
                .toList();
    }

    private static <T extends TurnWrite> List<T> only(List<TurnWrite> batch, Class<T> type) {
        return batch.stream().filter(type::isInstance).map(type::cast).toList();
    }

    private void append(List<Append> appends, List<Runnable> tell) {
        Set<UUID> fenced = journal.append(appends.stream().map(Append::entry).toList());
        appends.forEach(
                append ->
                        tell.add(
                                () ->
                                        append.done()
                                                .complete(!fenced.contains(append.key().turn()))));
    }

    private static void requireFree(Set<UUID> fenced) {
        if (!fenced.isEmpty()) {
            throw new DataIntegrityViolationException(
                    "the journal has other frames in the place of turns " + fenced);
        }
    }

    private void end(
            List<End> ends, List<EventDraft> told, List<Entry> frames, List<Runnable> tell) {
        if (ends.isEmpty()) {
            return;
        }
        List<End> inDoubt = ends.stream().filter(TurnTransaction::isInDoubt).toList();
        turns.awaitInDoubt(inDoubt.stream().map(End::key).toList());
        Set<UUID> ended = turns.end(ends, node.life());
        List<End> mine = ends.stream().filter(end -> ended.contains(end.key().turn())).toList();
        frames.addAll(mine.stream().filter(end -> !isInDoubt(end)).map(End::entry).toList());
        endings.tell(
                turns.unfinished(
                        mine.stream()
                                .filter(TurnTransaction::isInDoubt)
                                .map(end -> end.key().turn())
                                .toList()),
                TurnEnd.ADMISSION_UNKNOWN);
        ledger.settle(
                mine.stream().map(end -> new Settlement(end.key().turn(), end.usage())).toList());
        mine.forEach(end -> told.addAll(records.events().ended(end)));
        ends.forEach(end -> tell.add(() -> end.done().complete(ended.contains(end.key().turn()))));
    }

    private void extend(List<Extend> wanted, List<Runnable> tell) {
        for (Extend extend : wanted) {
            boolean fits = ledger.extend(extend.more());
            tell.add(() -> extend.done().complete(fits));
        }
    }

    private static boolean isInDoubt(End end) {
        return end.end().failure().equals(TurnEnd.ADMISSION_UNKNOWN);
    }

    private void admit(
            List<Admit> wanted, List<EventDraft> told, List<Entry> frames, List<Runnable> tell) {
        if (wanted.isEmpty()) {
            return;
        }
        IdentityHashMap<Admit, Admission> outcomes = new IdentityHashMap<>();
        long epoch = law.constitutions().committedEpoch();
        Set<UUID> firstOfTheirKeys = claim(wanted);
        Map<String, Long> room = room(wanted);
        Map<String, SessionRow> sessions =
                turns.lockSessions(wanted.stream().map(Admit::key).toList());
        Set<String> taken = new HashSet<>();
        for (Admit admit : wanted) {
            Admission outcome =
                    firstOfTheirKeys.contains(admit.key().turn())
                            ? mayRun(admit, epoch, sessions, taken)
                            : new NotAdmitted(
                                    ProblemKind.CONFLICT,
                                    "The request with this Idempotency-Key is being answered.");
            outcomes.put(
                    admit, outcome instanceof Admitted fine ? fits(admit, room, fine) : outcome);
        }
        useApprovals(wanted, outcomes);
        List<Admit> candidates =
                wanted.stream().filter(admit -> outcomes.get(admit) instanceof Admitted).toList();
        List<HoldOutcome> holds = ledger.hold(candidates.stream().map(Admit::hold).toList());
        for (int i = 0; i < candidates.size(); i++) {
            Admit admit = candidates.get(i);
            outcomes.put(admit, admission(holds.get(i), first(admit, sessions)));
        }
        records.approvals()
                .giveBack(
                        candidates.stream()
                                .filter(admit -> !(outcomes.get(admit) instanceof Admitted))
                                .filter(TurnTransaction::restsOnApproval)
                                .map(admit -> admit.key().decision())
                                .toList());
        once.giveBack(
                wanted.stream()
                        .filter(admit -> admit.asked().once().isPresent())
                        .filter(admit -> !(outcomes.get(admit) instanceof Admitted))
                        .map(admit -> admit.key().turn())
                        .toList());
        write(wanted, outcomes, told, frames);
        outcomes.forEach((admit, outcome) -> tell.add(() -> admit.done().complete(outcome)));
    }

    /// Turns that are the first of their key, or have none.
    private Set<UUID> claim(List<Admit> wanted) {
        Set<UUID> free = new HashSet<>();
        List<Claim> claims = new ArrayList<>();
        for (Admit admit : wanted) {
            TurnKey key = admit.key();
            admit.asked()
                    .once()
                    .ifPresentOrElse(
                            wish ->
                                    claims.add(
                                            new Claim(
                                                    key.place(),
                                                    key.actor().actor().user().value(),
                                                    wish,
                                                    key.turn())),
                            () -> free.add(key.turn()));
        }
        free.addAll(once.claim(claims));
        return free;
    }

    private static boolean restsOnApproval(Admit admit) {
        return admit.key().verdict().approval().isPresent();
    }

    private void useApprovals(List<Admit> wanted, IdentityHashMap<Admit, Admission> outcomes) {
        List<Admit> resting =
                wanted.stream()
                        .filter(admit -> outcomes.get(admit) instanceof Admitted)
                        .filter(TurnTransaction::restsOnApproval)
                        .toList();
        Set<UUID> used =
                records.approvals().use(resting.stream().map(admit -> admit.key().row()).toList());
        for (Admit admit : resting) {
            if (!used.contains(admit.key().decision())) {
                outcomes.put(
                        admit,
                        new NotAdmitted(
                                ProblemKind.CONFLICT,
                                "The approval has been used or has expired."));
            }
        }
    }

    /// How many more turns each tenant may run; empty when the constitution sets no bound. Until
    /// the
    /// transaction ends nobody else admits turns of these tenants.
    private Map<String, Long> room(List<Admit> wanted) {
        OptionalLong max = law.policy().maxConcurrentTurns();
        if (max.isEmpty()) {
            return Map.of();
        }
        List<String> tenants =
                wanted.stream()
                        .map(admit -> admit.key().actor().tenant().value())
                        .distinct()
                        .sorted()
                        .toList();
        Map<String, Long> room = new HashMap<>();
        turns.countRunning(tenants)
                .forEach((tenant, running) -> room.put(tenant, max.getAsLong() - running));
        return room;
    }

    private static Admission fits(Admit admit, Map<String, Long> room, Admitted fine) {
        Long left = room.get(admit.key().actor().tenant().value());
        if (left == null) {
            return fine;
        }
        if (left < 1) {
            return new NotAdmitted(
                    ProblemKind.CONCURRENCY_EXCEEDED,
                    "The constitution bounds the turns that run at once"
                            + " (rules.max_concurrent_operations); wait for one to end.");
        }
        room.put(admit.key().actor().tenant().value(), left - 1);
        return fine;
    }

    private static Admission mayRun(
            Admit admit, long epoch, Map<String, SessionRow> sessions, Set<String> taken) {
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
        return new Admitted(session.head() + 1);
    }

    private static long first(Admit admit, Map<String, SessionRow> sessions) {
        SessionRow session = sessions.get(TurnRepository.sessionKey(admit.key()));
        return session == null ? 1 : session.head() + 1;
    }

    private static Admission admission(HoldOutcome hold, long first) {
        return switch (hold) {
            case HoldOutcome.Held() -> new Admitted(first);
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

    private void write(
            List<Admit> wanted,
            IdentityHashMap<Admit, Admission> outcomes,
            List<EventDraft> told,
            List<Entry> frames) {
        List<Inserted> rows = new ArrayList<>();
        List<Admit> admitted = new ArrayList<>();
        for (Admit admit : wanted) {
            switch (outcomes.get(admit)) {
                case Admitted(long first) -> {
                    admitted.add(admit);
                    rows.add(new Inserted(admit.key(), "RUNNING", "", first, admit.asked()));
                    told.add(records.events().accepted(admit));
                    if (admit.beginning().told()) {
                        frames.add(
                                new Entry(
                                        admit.key().place(),
                                        admit.key().turn(),
                                        TurnJournal.one(first, admit.beginning().event())));
                    }
                }
                case NotAdmitted(ProblemKind kind, String detail) -> {
                    rows.add(Inserted.refused(admit.key(), kind.slug()));
                    told.add(records.events().refused(admit.key(), kind.slug()));
                }
                case null -> throw new IllegalStateException("every turn has an outcome");
            }
        }
        turns.occupy(admitted);
        turns.insert(rows, node.life());
    }

    private void refuse(List<Refuse> refusals, List<EventDraft> told, List<Runnable> tell) {
        turns.insert(
                refusals.stream()
                        .map(refusal -> Inserted.refused(refusal.key(), refusal.reason()))
                        .toList(),
                node.life());
        for (Refuse refusal : refusals) {
            told.add(records.events().refused(refusal.key(), refusal.reason()));
            tell.add(() -> refusal.done().complete(true));
        }
    }
}
