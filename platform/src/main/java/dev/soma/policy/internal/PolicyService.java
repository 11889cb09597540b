package dev.soma.policy.internal;

import dev.soma.audit.AuditLog;
import dev.soma.constitution.Constitution;
import dev.soma.constitution.ConstitutionCheck;
import dev.soma.constitution.Constitutions;
import dev.soma.constitution.Constitutions.State;
import dev.soma.events.Changes;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Digest;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.Permit;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.Violation;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.policy.DecisionRow;
import dev.soma.policy.JudgedInput;
import dev.soma.policy.Kill;
import dev.soma.policy.KillQuestion;
import dev.soma.policy.KillSwitches;
import dev.soma.policy.Obligation;
import dev.soma.policy.OutputGuard;
import dev.soma.policy.PolicyEngine;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.TurnRecord;
import dev.soma.policy.Verdict;
import dev.soma.policy.internal.PolicySnapshots.Snapshot;
import dev.soma.runtime.Traces;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/// Judges by one immutable snapshot of packs and tools and by the constitution in force, and writes
/// every decision to the log.
class PolicyService implements PolicyEngine, Authorizations, ConstitutionCheck {
    private static final Logger log = LoggerFactory.getLogger(PolicyService.class);
    private static final int SALT_BYTES = 16;
    private static final String MODEL = "model/";

    private final Currency currency;
    private final PolicySnapshots snapshots;
    private final AuditLog audit;
    private final Recorders recorders;
    private final Commitments commitments;
    private final Sources sources;
    private final PolicyMetrics metrics;
    private final Executor settling = Executors.newVirtualThreadPerTaskExecutor();
    private final Permit.Mint mint = Permit.Mint.forPolicy();
    private volatile Compiled rules = new Compiled("", ConstitutionRules.NONE);

    /// What says whether this node may judge at all.
    record Currency(Changes changes, KillSwitches switches, Constitutions constitutions) {}

    /// Where decisions are written down.
    record Recorders(
            AuditLog audit, DecisionWriter decisions, ShadowCounts shadows, Memory memory) {}

    /// What is remembered of earlier requests.
    record Memory(SequenceStore sequences, PostgresApprovals approvals) {}

    /// @param id of what the rules remember
    private record Sequences(
            UUID id,
            Facts facts,
            Constitution constitution,
            RulePack pack,
            List<SequenceStore.Step> steps)
            implements SequenceWork {}

    /// Where ids, times and salts come from.
    record Sources(
            Identifiers identifiers, InstantSource clock, SecureRandom random, Traces traces) {}

    /// The rules of one constitution.
    private record Compiled(String hash, ConstitutionRules rules) {}

    PolicyService(
            Currency currency,
            PolicySnapshots snapshots,
            Recorders recorders,
            Commitments commitments,
            Sources sources,
            PolicyMetrics metrics) {
        this.currency = currency;
        this.snapshots = snapshots;
        this.audit = recorders.audit();
        this.recorders = recorders;
        this.commitments = commitments;
        this.sources = sources;
        this.metrics = metrics;
    }

    @Override
    public Optional<String> objection(JsonObject document) {
        return snapshots
                .keys()
                .objection(document)
                .or(() -> snapshots.refusals().objection(document));
    }

    @Override
    public Judgement judge(ActorContext actor, PolicyRequest request) {
        if (!currency.changes().current()) {
            return impossible(
                    ProblemKind.GOVERNANCE_STALE,
                    "The database has not confirmed this node's state; try again.");
        }
        Optional<Kill> kill = currency.switches().blocking(question(actor, request));
        if (kill.isPresent()) {
            return new Impossible(kill.get().problem());
        }
        Optional<Snapshot> snapshot = snapshots.of(actor.tenant());
        if (snapshot.isEmpty()) {
            return impossible(
                    ProblemKind.POLICY_DENIED,
                    "The tenant is not known to the policy, so nothing is allowed.");
        }
        return switch (currency.constitutions().state()) {
            case State.InForce(Constitution constitution) -> {
                Traces.Span span = sources.traces().part(actor.trace(), "policy.judge");
                long started = System.nanoTime();
                Judged judged = judge(actor, request, constitution, snapshot.get());
                metrics.evaluated(System.nanoTime() - started);
                span.note("soma.policy.decision", judged.verdict().word().wireName())
                        .note("soma.constitution.hash", constitution.hash())
                        .end();
                yield judged;
            }
            case State.Stale(Constitution constitution) ->
                    impossible(
                            ProblemKind.GOVERNANCE_STALE,
                            "The constitution's source has not confirmed it in time.");
            case State.Absent(String reason) ->
                    impossible(
                            ProblemKind.CONSTITUTION_MISSING,
                            "There is no valid constitution: " + reason + ".");
        };
    }

    private static KillQuestion question(ActorContext actor, PolicyRequest request) {
        Optional<String> model =
                request.resource().startsWith(MODEL)
                        ? Optional.of(request.resource().substring(MODEL.length()))
                        : Optional.empty();
        return KillQuestion.of(actor, request.tool(), model);
    }

    private static Judgement impossible(ProblemKind kind, String detail) {
        return new Impossible(Problem.of(kind, detail));
    }

    private Judged judge(
            ActorContext actor,
            PolicyRequest request,
            Constitution constitution,
            Snapshot snapshot) {
        Facts facts =
                Facts.of(
                        actor,
                        request,
                        request.tool().map(snapshot::tool),
                        sources.clock().instant().getEpochSecond());
        RulePack pack = snapshot.pack();
        Evaluator.Finding finding = find(facts, constitution, pack);
        snapshot.shadow()
                .ifPresent(
                        watched ->
                                recorders
                                        .shadows()
                                        .compare(
                                                watched.draft(),
                                                finding,
                                                find(facts, constitution, watched.pack().get())));
        return judged(actor, facts, new Basis(constitution, pack), finding, Optional.empty());
    }

    private record Basis(Constitution constitution, RulePack pack) {}

    /// @param asked the sequence rules, when they have been asked already
    private Judged judged(
            ActorContext actor,
            Facts facts,
            Basis basis,
            Evaluator.Finding finding,
            Optional<SequenceWork> asked) {
        String salt = salt();
        byte[] canonical = CanonicalJson.JCS.bytes(facts.document(salt));
        Verdict verdict =
                new Verdict(
                        finding.word(),
                        finding.scoreMicro(),
                        finding.violations(),
                        finding.obligations(),
                        new Verdict.Basis(
                                basis.constitution().hash(),
                                basis.constitution().epoch(),
                                basis.pack().digest()),
                        Digest.sha256Hex(canonical),
                        Optional.empty());
        String requestDigest =
                finding.word() == Verdict.Word.REVIEW
                        ? Digest.sha256Hex(CanonicalJson.JCS.bytes(facts.timeless().document("")))
                        : "";
        return new Judged(
                verdict,
                new JudgedInput(
                        facts.action(),
                        facts.resource(),
                        facts.session(),
                        requestDigest,
                        Commitments.salted(salt, actor.actor()),
                        canonical),
                asked.or(() -> toAsk(facts, basis, finding)));
    }

    private Optional<SequenceWork> toAsk(Facts facts, Basis basis, Evaluator.Finding finding) {
        return finding.steps().isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Sequences(
                                sources.identifiers().next(),
                                facts,
                                basis.constitution(),
                                basis.pack(),
                                finding.steps()));
    }

    @Override
    public CompletableFuture<Judged> settle(
            ActorContext actor, Judged judged, Optional<UUID> approval) {
        return judged.isOpen(approval)
                ? CompletableFuture.supplyAsync(() -> settled(actor, judged, approval), settling)
                : CompletableFuture.completedFuture(judged);
    }

    private Judged settled(ActorContext actor, Judged open, Optional<UUID> approval) {
        Judged judged = weighed(actor, open);
        if (judged.verdict().word() == Verdict.Word.REVIEW
                && approval.filter(id -> approved(actor, judged, id)).isPresent()) {
            return judged.approvedBy(approval.get());
        }
        if (judged.verdict().word() != Verdict.Word.ALLOW) {
            forget(actor, judged);
        }
        return judged;
    }

    private boolean approved(ActorContext actor, Judged judged, UUID approval) {
        return recorders.memory().approvals().isUsable(actor, judged, approval);
    }

    private Judged weighed(ActorContext actor, Judged judged) {
        if (!(judged.sequences().orElse(null) instanceof Sequences work)) {
            return judged;
        }
        Map<String, Long> observed =
                recorders.memory().sequences().reserve(actor.tenant(), work.id(), work.steps());
        if (observed.isEmpty()) {
            return judged;
        }
        Facts facts = work.facts().observing(observed);
        return judged(
                actor,
                facts,
                new Basis(work.constitution(), work.pack()),
                find(facts, work.constitution(), work.pack()),
                judged.sequences());
    }

    @Override
    public Vocabulary vocabulary(TenantId tenant) {
        Optional<Snapshot> snapshot = snapshots.of(tenant);
        if (snapshot.isEmpty()) {
            return new Vocabulary(Set.of(), Set.of(), "none");
        }
        RulePack pack = snapshot.get().pack();
        Set<String> actions = new HashSet<>(inForce().prohibitedActions());
        pack.permits().forEach(permit -> actions.add(permit.action()));
        pack.rules().forEach(rule -> actions.addAll(rule.actions()));
        long epoch =
                currency.constitutions().state() instanceof State.InForce(Constitution inForce)
                        ? inForce.epoch()
                        : 0;
        return new Vocabulary(
                actions, snapshot.get().tools().keySet(), "%d:%s".formatted(epoch, pack.digest()));
    }

    @Override
    public boolean stands(Verdict verdict) {
        return currency.changes().current()
                && currency.constitutions().state() instanceof State.InForce(Constitution inForce)
                && inForce.epoch() == verdict.epoch();
    }

    @Override
    public void release(ActorContext actor, Judged judged) {
        if (judged.sequences().isPresent()) {
            settling.execute(() -> forget(actor, judged));
        }
    }

    /// What cannot be taken back stays remembered until its window has passed: too strict, never
    /// too lax.
    private void forget(ActorContext actor, Judged judged) {
        if (judged.sequences().orElse(null) instanceof Sequences work) {
            try {
                recorders.memory().sequences().release(actor.tenant(), work.id(), work.steps());
            } catch (DataAccessException | TransactionException e) {
                log.atWarn()
                        .addKeyValue("tenant", actor.tenant().value())
                        .log("a request that did not go on stays remembered by sequence rules");
            }
        }
    }

    /// What the rules say of facts, under whatever pack.
    Evaluator.Finding find(Facts facts, Constitution constitution, RulePack pack) {
        long started = System.nanoTime();
        List<Violation> refusals = snapshots.refusals().check(constitution, facts.prompt());
        metrics.moderated(System.nanoTime() - started);
        Evaluator.Finding found = Evaluator.evaluate(facts, rulesOf(constitution), pack, refusals);
        metrics.determinism().judged(facts, pack, found);
        return found;
    }

    private String salt() {
        byte[] salt = new byte[SALT_BYTES];
        sources.random().nextBytes(salt);
        return HexFormat.of().formatHex(salt);
    }

    /// Compiled once for the constitution in force; others are only simulated.
    private ConstitutionRules rulesOf(Constitution constitution) {
        Compiled known = rules;
        if (known.hash().equals(constitution.hash())) {
            return known.rules();
        }
        Compiled compiled =
                new Compiled(
                        constitution.hash(), ConstitutionRules.compile(constitution.document()));
        if (currency.constitutions().state() instanceof State.InForce(Constitution inForce)
                && inForce.hash().equals(constitution.hash())) {
            rules = compiled;
        }
        return compiled.rules();
    }

    private ConstitutionRules inForce() {
        return currency.constitutions().state() instanceof State.InForce(Constitution constitution)
                ? rulesOf(constitution)
                : ConstitutionRules.NONE;
    }

    @Override
    public long wallClockSeconds() {
        return inForce().maxWallClockSeconds();
    }

    @Override
    public OptionalLong maxConcurrentTurns() {
        return inForce().maxConcurrent();
    }

    @Override
    public Recording record(ActorContext actor, Judged judged) {
        return append("verdict", actor, judged);
    }

    @Override
    public CompletableFuture<RecordedDecision> recordEvaluation(ActorContext actor, Judged judged) {
        Recording recording = append("evaluation", actor, judged);
        return recording
                .durable()
                .thenCombine(
                        recorders.decisions().write(recording.row()), (recorded, row) -> recorded);
    }

    private Recording append(String type, ActorContext actor, Judged judged) {
        UUID id = sources.identifiers().next();
        metrics.decided(actor.tenant(), judged.verdict());
        Permit permit = mint.mint(actor.tenant(), id);
        return new Recording(
                new DecisionRow(
                        id, actor, sources.clock().instant(), judged.verdict(), judged.input()),
                audit.append(type, entry(id, actor, judged))
                        .thenApply(
                                index ->
                                        new RecordedDecision(
                                                id,
                                                judged.verdict(),
                                                audit.origin(),
                                                index,
                                                permit)));
    }

    private JsonObject entry(UUID id, ActorContext actor, Judged judged) {
        Verdict verdict = judged.verdict();
        var entry = JsonValue.object();
        verdict.approval().ifPresent(approval -> entry.put("approval_id", approval.toString()));
        return entry.put("decision_id", id.toString())
                .put("tenant", actor.tenant().value())
                .put("request_id", actor.requestId())
                .put("actor", judged.input().actor())
                .put("action", judged.input().action())
                .put("resource", judged.input().resource())
                .put("verdict", verdict.word().wireName())
                .put("score_micro", verdict.scoreMicro())
                .put("severity", verdict.severity())
                .put(
                        "violations",
                        JsonValue.array(
                                verdict.violations().stream().map(Violation::document).toList()))
                .put(
                        "obligations",
                        JsonValue.array(
                                verdict.obligations().stream().map(Obligation::document).toList()))
                .put("constitution_hash", verdict.constitutionHash())
                .put("epoch", verdict.epoch())
                .put("policy_version", verdict.policyVersion())
                .put("taxonomy_digest", snapshots.refusals().digest())
                .put("input_digest", verdict.inputDigest())
                .build();
    }

    @Override
    public void recordAdmission(RecordedDecision decision, UUID turn, String reason) {
        var _ = audit.append("admission", TurnEntries.admission(decision, turn, reason));
    }

    @Override
    public Optional<Supplier<OutputGuard>> outputGuards() {
        return currency.constitutions().state() instanceof State.InForce(Constitution constitution)
                ? Optional.of(() -> snapshots.refusals().guard(constitution))
                : Optional.empty();
    }

    @Override
    public void recordCut(RecordedDecision decision, UUID turn, OutputGuard.Breach breach) {
        var _ = audit.append("cut", TurnEntries.cut(decision, turn, breach));
    }

    @Override
    public void recordTurn(RecordedDecision decision, TurnRecord turn) {
        var _ = audit.append("turn", TurnEntries.turn(decision, turn));
    }

    @Override
    public Authorization authorize(ActorContext actor, String capability, String resource) {
        boolean allowed = capability.isEmpty() || actor.actor().holds(capability);
        UUID id = sources.identifiers().next();
        JsonObject act =
                JsonValue.object()
                        .put("decision_id", id.toString())
                        .put("tenant", actor.tenant().value())
                        .put("request_id", actor.requestId())
                        .put("actor", commitments.of(actor.actor()))
                        .put("action", capability.isEmpty() ? "own" : capability)
                        .put("resource", resource)
                        .put("verdict", allowed ? "allow" : "deny")
                        .build();
        try {
            audit.append("act", act).join();
        } catch (CompletionException e) {
            return new Authorization.Denied(
                    "The audit log takes no entries, so nothing is allowed.");
        }
        return allowed
                ? new Authorization.Granted(mint.mint(actor.tenant(), id))
                : new Authorization.Denied("This needs the capability '%s'.".formatted(capability));
    }
}
