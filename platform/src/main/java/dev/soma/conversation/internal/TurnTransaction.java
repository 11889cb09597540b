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
import dev.soma.runtime.Pipeline.Answer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.transaction.support.TransactionTemplate;

/// What one group commit does. It asks and locks first, all in one round trip: frames of running
/// turns go into the journal, idempotency keys, tenants, sessions and accounts are locked, turns
/// end.
/// Then the ends give back their money, turns are admitted as they came and every event gets its
/// place, in the second; the third carries everything that is written.
///
/// Locks are always taken in the order journal, idempotency key, tenant, session, account, outbox
/// key, each kind sorted and at once for the whole batch, so that nodes cannot wait for each other
/// in a ring; the frames of ends and beginnings go into the journal last, where their places are
/// nobody else's.
class TurnTransaction {
    private static final int AUDIT_ANSWERS_WITHIN_SECONDS = 10;

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

    /// A batch by kind, each in the order in which it came.
    private record Batch(
            List<Append> appends,
            List<End> ends,
            List<Extend> extensions,
            List<Admit> admits,
            List<Refuse> refusals) {
        static Batch of(List<TurnWrite> writes) {
            return new Batch(
                    only(writes, Append.class),
                    only(writes, End.class),
                    only(writes, Extend.class),
                    only(writes, Admit.class),
                    only(writes, Refuse.class));
        }

        private static <T extends TurnWrite> List<T> only(List<TurnWrite> writes, Class<T> type) {
            return writes.stream().filter(type::isInstance).map(type::cast).toList();
        }
    }

    /// What the database says of a batch under its locks.
    private record Answers(
            Answer<Set<UUID>> fenced,
            Answer<Set<UUID>> ended,
            Answer<Admissions> admissions,
            Ledger.Opened opened) {}

    /// What is going to be written, and who is told once it is.
    private record Written(
            List<Inserted> turns,
            List<Admit> admitted,
            List<EventDraft> events,
            List<Entry> frames) {
        Written() {
            this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }
    }

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
    Runnable run(List<TurnWrite> writes) {
        List<Runnable> tell = new ArrayList<>(writes.size());
        transactions.executeWithoutResult(status -> write(Batch.of(writes), tell));
        return () -> tell.forEach(Runnable::run);
    }

    private void write(Batch batch, List<Runnable> tell) {
        Answers answers = ask(batch);
        Written written = new Written();
        end(batch.ends(), answers, written, tell);
        extend(batch.extensions(), tell);
        admit(batch, answers, written, tell);
        turns.occupy(written.admitted());
        turns.insert(written.turns(), node.life());
        Answer<Set<UUID>> taken = journal.append(written.frames());
        records.decisions().insert(decided(batch));
        requireFree(taken.get());
        Set<UUID> fenced = answers.fenced().get();
        for (Append append : batch.appends()) {
            boolean done = !fenced.contains(append.key().turn());
            tell.add(() -> append.done().complete(done));
        }
        for (Refuse refusal : batch.refusals()) {
            tell.add(() -> refusal.done().complete(true));
        }
        awaitVerdicts(batch);
    }

    /// The database never knows a turn whose verdict a crash could still take from the audit log.
    /// The log has been at it all the while, so this is hardly ever a wait. That it failed is told
    /// by the turn itself.
    private static void awaitVerdicts(Batch batch) {
        CompletableFuture<?>[] recorded =
                Stream.concat(batch.admits().stream(), batch.refusals().stream())
                        .map(write -> write.key().recorded())
                        .toArray(CompletableFuture[]::new);
        try {
            CompletableFuture.allOf(recorded)
                    .handle((all, failure) -> true)
                    .get(AUDIT_ANSWERS_WITHIN_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new TransientDataAccessResourceException("the audit log does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TransientDataAccessResourceException("the node stops", e);
        }
    }

    private static List<DecisionRow> decided(Batch batch) {
        return Stream.concat(batch.admits().stream(), batch.refusals().stream())
                .map(write -> write.key().row())
                .toList();
    }

    private static void requireFree(Set<UUID> fenced) {
        if (!fenced.isEmpty()) {
            throw new DataIntegrityViolationException(
                    "the journal has other frames in the place of turns " + fenced);
        }
    }

    private Answers ask(Batch batch) {
        List<TurnKey> ending = batch.ends().stream().map(End::key).toList();
        List<TurnKey> asking = batch.admits().stream().map(Admit::key).toList();
        turns.awaitInDoubt(
                batch.ends().stream().filter(TurnTransaction::isInDoubt).map(End::key).toList());
        Answer<Set<UUID>> fenced =
                journal.append(batch.appends().stream().map(Append::entry).toList());
        Answer<Set<UUID>> claimed = claim(batch.admits());
        List<String> bounded = boundedTenants(asking);
        turns.lockTenants(bounded);
        turns.lockSessions(ending, asking);
        Answer<Set<UUID>> ended = turns.end(batch.ends(), node.life());
        Answer<Admissions> admissions = admissions(asking, claimed, bounded);
        Ledger.Opened opened =
                ledger.open(
                        ending.stream().map(TurnKey::turn).toList(),
                        batch.admits().stream().map(Admit::hold).toList());
        return new Answers(fenced, ended, admissions, opened);
    }

    private Answer<Admissions> admissions(
            List<TurnKey> asking, Answer<Set<UUID>> claimed, List<String> bounded) {
        if (asking.isEmpty()) {
            return () -> new Admissions(0, Set.of(), Map.of(), Map.of());
        }
        Answer<Long> epoch = law.constitutions().committedEpoch();
        Answer<Map<String, SessionRow>> sessions = turns.sessions(asking);
        Answer<Map<String, Long>> running = turns.countRunning(bounded);
        return epoch.map(
                number ->
                        new Admissions(number, claimed.get(), sessions.get(), room(running.get())));
    }

    /// Turns that are the first of their key, or have none.
    private Answer<Set<UUID>> claim(List<Admit> wanted) {
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
        return once.claim(claims)
                .map(
                        first -> {
                            free.addAll(first);
                            return free;
                        });
    }

    /// Tenants whose running turns the constitution bounds, sorted. Until the transaction ends
    /// nobody else admits turns of these.
    private List<String> boundedTenants(List<TurnKey> asking) {
        if (law.policy().maxConcurrentTurns().isEmpty()) {
            return List.of();
        }
        return asking.stream()
                .map(key -> key.actor().tenant().value())
                .distinct()
                .sorted()
                .toList();
    }

    private Map<String, Long> room(Map<String, Long> running) {
        Map<String, Long> room = new HashMap<>();
        law.policy()
                .maxConcurrentTurns()
                .ifPresent(max -> running.forEach((tenant, now) -> room.put(tenant, max - now)));
        return room;
    }

    private void end(List<End> ends, Answers answers, Written written, List<Runnable> tell) {
        if (ends.isEmpty()) {
            return;
        }
        Set<UUID> ended = answers.ended().get();
        List<End> mine = ends.stream().filter(end -> ended.contains(end.key().turn())).toList();
        written.frames()
                .addAll(mine.stream().filter(end -> !isInDoubt(end)).map(End::entry).toList());
        endings.tell(
                turns.unfinished(
                        mine.stream()
                                .filter(TurnTransaction::isInDoubt)
                                .map(end -> end.key().turn())
                                .toList()),
                TurnEnd.ADMISSION_UNKNOWN);
        answers.opened()
                .settle(
                        mine.stream()
                                .map(end -> new Settlement(end.key().turn(), end.usage()))
                                .toList());
        mine.forEach(end -> written.events().addAll(records.events().ended(end)));
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

    /// Also gives every event its place: each turn that asks is told once, whatever comes of it.
    private void admit(Batch batch, Answers answers, Written written, List<Runnable> tell) {
        Admissions admissions = answers.admissions().get();
        IdentityHashMap<Admit, Admission> outcomes = new IdentityHashMap<>();
        batch.admits().forEach(admit -> outcomes.put(admit, admissions.beforeMoney(admit)));
        useApprovals(batch.admits(), outcomes);
        List<Admit> candidates =
                batch.admits().stream()
                        .filter(admit -> outcomes.get(admit) instanceof Admitted)
                        .toList();
        Answer<List<HoldOutcome>> holds =
                ledger.hold(candidates.stream().map(Admit::hold).toList());
        Outbox.Places places = records.outbox().reserve(keysOfEvents(batch, written));
        for (int i = 0; i < candidates.size(); i++) {
            Admit admit = candidates.get(i);
            outcomes.put(admit, admissions.afterMoney(admit, holds.get().get(i)));
        }
        giveBack(batch.admits(), candidates, outcomes);
        batch.admits().forEach(admit -> note(admit, outcomes.get(admit), written));
        for (Refuse refusal : batch.refusals()) {
            written.turns().add(Inserted.refused(refusal.key(), refusal.reason()));
            written.events().add(records.events().refused(refusal.key(), refusal.reason()));
        }
        places.fill(written.events());
        outcomes.forEach((admit, outcome) -> tell.add(() -> admit.done().complete(outcome)));
    }

    private static List<String> keysOfEvents(Batch batch, Written written) {
        return Stream.concat(
                        written.events().stream().map(EventDraft::partitionKey),
                        Stream.concat(batch.admits().stream(), batch.refusals().stream())
                                .map(write -> ConversationEvents.partitionKey(write.key())))
                .toList();
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

    /// What turns took that may not run after all.
    private void giveBack(
            List<Admit> wanted,
            List<Admit> candidates,
            IdentityHashMap<Admit, Admission> outcomes) {
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
    }

    private void note(Admit admit, @Nullable Admission outcome, Written written) {
        switch (outcome) {
            case Admitted(long first) -> {
                written.admitted().add(admit);
                written.turns().add(new Inserted(admit.key(), "RUNNING", "", first, admit.asked()));
                written.events().add(records.events().accepted(admit));
                if (admit.beginning().told()) {
                    written.frames()
                            .add(
                                    new Entry(
                                            admit.key().place(),
                                            admit.key().turn(),
                                            TurnJournal.one(first, admit.beginning().event())));
                }
            }
            case NotAdmitted(ProblemKind kind, String detail) -> {
                written.turns().add(Inserted.refused(admit.key(), kind.slug()));
                written.events().add(records.events().refused(admit.key(), kind.slug()));
            }
            case null -> throw new IllegalStateException("every turn has an outcome");
        }
    }
}
