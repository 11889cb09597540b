package dev.soma.kamachiq.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Digest;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.Violation;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.JsonString;
import dev.soma.policy.PolicyEngine;
import dev.soma.policy.PolicyEngine.Impossible;
import dev.soma.policy.PolicyEngine.Judged;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Prompt;
import dev.soma.policy.Prompt.Message;
import dev.soma.runtime.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/// Judges and records each call of a tool before it is done. Thread-safe.
class ToolJudge {
    private static final String ACTION = "tool";
    private static final int RECORDED_WITHIN_SECONDS = 5;

    private final PolicyEngine policy;

    ToolJudge(PolicyEngine policy) {
        this.policy = policy;
    }

    /// Returns when the call is allowed and its decision is on disk.
    ///
    /// @param approval by which a person allowed it; empty without one
    /// @return id of the decision
    /// @throws ProblemException when it is not: `policy_denied`, `review_required`, or nothing
    /// could be judged or recorded
    UUID require(ActorContext actor, String tool, JsonObject arguments, Optional<UUID> approval) {
        return switch (policy.judge(actor, request(tool, arguments))) {
            case Impossible(Problem problem) -> throw new ProblemException(problem);
            case Judged judged -> allowed(record(actor, judged, approval));
        };
    }

    /// What is asked of the rules about a call.
    static PolicyRequest request(String tool, JsonObject arguments) {
        List<Message> said = new ArrayList<>();
        for (JsonValue value : arguments.members().values()) {
            said.add(
                    new Message(
                            "user",
                            value instanceof JsonString(String text)
                                    ? text
                                    : CanonicalJson.JCS.text(value)));
        }
        return new PolicyRequest(
                ACTION,
                "tool/" + tool,
                Optional.of(tool),
                "",
                "user",
                new Prompt(said),
                JsonValue.object()
                        .put(
                                "arguments_sha256",
                                Digest.sha256Hex(CanonicalJson.JCS.bytes(arguments)))
                        .build());
    }

    private RecordedDecision record(ActorContext actor, Judged judged, Optional<UUID> approval) {
        try {
            return policy.decide(actor, judged, approval)
                    .get(RECORDED_WITHIN_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw unrecorded();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unrecorded();
        }
    }

    private static ProblemException unrecorded() {
        return Reply.refuse(
                ProblemKind.ENGINE_UNAVAILABLE,
                "The decision could not be recorded, so there is none.");
    }

    private UUID allowed(RecordedDecision decision) {
        String rules =
                decision.verdict().violations().stream()
                        .map(Violation::rule)
                        .distinct()
                        .collect(Collectors.joining(", "));
        return switch (decision.verdict().word()) {
            case ALLOW -> {
                if (!policy.stands(decision.verdict())) {
                    throw Reply.refuse(
                            ProblemKind.CONSTITUTION_CHANGED,
                            "It changed, or this node lost touch with it; try again.");
                }
                yield decision.id();
            }
            case DENY ->
                    throw Reply.refuse(
                            ProblemKind.POLICY_DENIED,
                            "Decision %s: %s.".formatted(decision.id(), rules));
            case REVIEW ->
                    throw Reply.refuse(
                            ProblemKind.REVIEW_REQUIRED,
                            "A person has to approve %s (%s); then name it in X-Approval-Id."
                                    .formatted(decision.id(), rules));
        };
    }
}
