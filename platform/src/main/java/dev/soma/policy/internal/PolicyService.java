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
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.policy.PolicyEngine;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.PolicyRequest.Message;
import dev.soma.policy.Verdict;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;

/// Judges by one immutable snapshot of packs and the constitution in force, and writes every
/// decision to the log.
class PolicyService implements PolicyEngine, Authorizations, ConstitutionCheck, Changes.Follower {
    private final Constitutions constitutions;
    private final RulePacks packs;
    private final AuditLog audit;
    private final Commitments commitments;
    private final Identifiers identifiers;
    private final PolicyMetrics metrics;
    private final Permit.Mint mint = Permit.Mint.forPolicy();
    private volatile Map<TenantId, RulePack> compiled = Map.of();
    private volatile Compiled rules = new Compiled("", new ConstitutionRules(Set.of(), 0));

    /// The rules of one constitution.
    private record Compiled(String hash, ConstitutionRules rules) {}

    PolicyService(
            Constitutions constitutions,
            RulePacks packs,
            AuditLog audit,
            Commitments commitments,
            Identifiers identifiers,
            PolicyMetrics metrics) {
        this.constitutions = constitutions;
        this.packs = packs;
        this.audit = audit;
        this.commitments = commitments;
        this.identifiers = identifiers;
        this.metrics = metrics;
    }

    @Override
    public Changes.Kind kind() {
        return Changes.Kind.POLICY;
    }

    @Override
    public void reload() {
        compiled = packs.loadAll();
    }

    @Override
    public Optional<String> objection(JsonObject document) {
        return ConstitutionRules.objection(document).or(() -> packs.moderationObjection(document));
    }

    @Override
    public Judgement judge(ActorContext actor, PolicyRequest request) {
        RulePack pack = compiled.get(actor.tenant());
        if (pack == null) {
            return impossible(
                    ProblemKind.POLICY_DENIED,
                    "The tenant is not known to the policy, so nothing is allowed.");
        }
        return switch (constitutions.state()) {
            case State.InForce(Constitution constitution) -> {
                long started = System.nanoTime();
                Judgement judgement =
                        new Judgement.Judged(judge(actor, request, constitution, pack));
                metrics.evaluated(System.nanoTime() - started);
                yield judgement;
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

    private static Judgement impossible(ProblemKind kind, String detail) {
        return new Judgement.Impossible(Problem.of(kind, detail));
    }

    private Verdict judge(
            ActorContext actor, PolicyRequest request, Constitution constitution, RulePack pack) {
        Evaluator.Finding finding = Evaluator.evaluate(actor, request, rulesOf(constitution), pack);
        return new Verdict(
                finding.word(),
                finding.scoreMicro(),
                finding.violations(),
                constitution.hash(),
                constitution.epoch(),
                pack.digest(),
                digest(actor, request));
    }

    ConstitutionRules rulesOf(Constitution constitution) {
        Compiled known = rules;
        if (!known.hash().equals(constitution.hash())) {
            known =
                    new Compiled(
                            constitution.hash(),
                            ConstitutionRules.compile(constitution.document()));
            rules = known;
        }
        return known.rules();
    }

    /// Everything that was judged, each part led by its length, so that no two requests share a
    /// digest.
    private static String digest(ActorContext actor, PolicyRequest request) {
        MessageDigest sha256 = Digest.newSha256();
        part(sha256, actor.tenant().value());
        part(sha256, actor.actor().user().value());
        part(sha256, Integer.toString(actor.actor().capabilities().size()));
        actor.actor().capabilities().stream()
                .sorted()
                .forEach(capability -> part(sha256, capability));
        part(sha256, request.action());
        part(sha256, request.resource());
        for (Message message : request.messages()) {
            part(sha256, message.role());
            part(sha256, message.text());
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    private static void part(MessageDigest sha256, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        sha256.update(ByteBuffer.allocate(4).putInt(bytes.length).flip());
        sha256.update(bytes);
    }

    @Override
    public long wallClockSeconds() {
        return rules.rules().maxWallClockSeconds();
    }

    @Override
    public Recording record(ActorContext actor, PolicyRequest request, Verdict verdict) {
        UUID id = identifiers.next();
        metrics.decided(actor.tenant(), verdict);
        Permit permit = mint.mint(actor.tenant(), id);
        return new Recording(
                id,
                audit.append("verdict", entry(id, actor, request, verdict))
                        .thenApply(
                                index ->
                                        new RecordedDecision(
                                                id, verdict, audit.origin(), index, permit)));
    }

    private JsonObject entry(UUID id, ActorContext actor, PolicyRequest request, Verdict verdict) {
        return JsonValue.object()
                .put("decision_id", id.toString())
                .put("tenant", actor.tenant().value())
                .put("request_id", actor.requestId())
                .put("actor", commitments.of(actor.actor()))
                .put("action", request.action())
                .put("resource", request.resource())
                .put("verdict", verdict.word().wireName())
                .put("score_micro", verdict.scoreMicro())
                .put("severity", verdict.severity())
                .put(
                        "violations",
                        JsonValue.array(
                                verdict.violations().stream().map(Violation::document).toList()))
                .put("obligations", JsonValue.array(List.of()))
                .put("constitution_hash", verdict.constitutionHash())
                .put("epoch", verdict.epoch())
                .put("policy_version", verdict.policyVersion())
                .put("input_digest", verdict.inputDigest())
                .build();
    }

    @Override
    public void recordAdmission(RecordedDecision decision, UUID turn, String reason) {
        var _ =
                audit.append(
                        "admission", admission(decision.id(), decision.logIndex(), turn, reason));
    }

    static JsonObject admission(UUID decision, long verdictIndex, UUID turn, String reason) {
        var entry =
                JsonValue.object()
                        .put("decision_id", decision.toString())
                        .put("verdict_index", verdictIndex)
                        .put("turn_id", turn.toString())
                        .put("outcome", reason.isEmpty() ? "admitted" : "not_admitted");
        if (!reason.isEmpty()) {
            entry.put("reason", reason);
        }
        return entry.build();
    }

    @Override
    public Authorization authorize(ActorContext actor, String capability, String resource) {
        boolean allowed = capability.isEmpty() || actor.actor().holds(capability);
        UUID id = identifiers.next();
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
