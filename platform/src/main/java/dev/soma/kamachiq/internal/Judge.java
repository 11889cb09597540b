package dev.soma.kamachiq.internal;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.kamachiq.spec.ProjectSpec;
import dev.soma.kamachiq.work.Payloads.Ruling;
import dev.soma.kamachiq.work.Payloads.RulingOrder;
import dev.soma.kamachiq.work.Payloads.Word;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import dev.soma.kernel.Violation;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.metering.ProjectBudgets;
import dev.soma.policy.Approvals;
import dev.soma.policy.PolicyEngine;
import dev.soma.policy.PolicyEngine.Impossible;
import dev.soma.policy.PolicyEngine.Judged;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Prompt;
import dev.soma.policy.Prompt.Message;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/// Asks the rules about projects and tasks. What they allow gets its account in the ledger, under
/// the recorded decision. Thread-safe.
class Judge {
    private static final int RECORDED_WITHIN_SECONDS = 5;

    private final PolicyEngine policy;
    private final Approvals approvals;
    private final ProjectBudgets budgets;

    Judge(PolicyEngine policy, Approvals approvals, ProjectBudgets budgets) {
        this.policy = policy;
        this.approvals = approvals;
        this.budgets = budgets;
    }

    /// Judges, and records what came of it.
    ///
    /// @param actor on whose behalf, on the part that is asked about
    Ruling rule(ActorContext actor, RulingOrder order, ProjectSpec spec)
            throws InterruptedException {
        return switch (policy.judge(actor, request(actor, order, spec))) {
            case Impossible(Problem problem) -> blocked(problem.detail());
            case Judged judged ->
                    recorded(
                            actor,
                            judged,
                            order.approval(),
                            decision -> ruled(order, spec, decision));
        };
    }

    /// Judges a call of a tool, before it is done, and records what came of it.
    ///
    /// @param approval by which a person allowed it; empty without one
    Ruling call(ActorContext actor, ToolCall call, String approval) throws InterruptedException {
        PolicyRequest request =
                ToolJudge.request(call.name(), arguments(call)).madeFor(actor.work());
        return switch (policy.judge(actor, request)) {
            case Impossible(Problem problem) -> blocked(problem.detail());
            case Judged judged -> recorded(actor, judged, approval, this::answer);
        };
    }

    /// What is no JSON object is judged as the text that it is.
    private static JsonObject arguments(ToolCall call) {
        try {
            return StrictJson.parseObject(call.arguments().getBytes(StandardCharsets.UTF_8));
        } catch (MalformedJson e) {
            return JsonValue.object().put("text", call.arguments()).build();
        }
    }

    private static PolicyRequest request(ActorContext actor, RulingOrder order, ProjectSpec spec) {
        List<Message> said = new ArrayList<>();
        said.add(new Message("user", spec.title()));
        said.add(new Message("user", spec.text()));
        spec.goals().forEach(goal -> said.add(new Message("user", goal)));
        spec.constraints().forEach(constraint -> said.add(new Message("user", constraint)));
        if (!spec.context().isEmpty()) {
            said.add(new Message("user", spec.context()));
        }
        return new PolicyRequest(
                        order.task().isEmpty() ? "project" : "task",
                        actor.work().orElseThrow().resource(),
                        Optional.empty(),
                        "",
                        order.persona(),
                        new Prompt(said),
                        JsonValue.object().build())
                .madeFor(actor.work());
    }

    private Ruling recorded(
            ActorContext actor,
            Judged judged,
            String approval,
            Function<RecordedDecision, Ruling> answer)
            throws InterruptedException {
        Optional<UUID> allowedBy =
                Optional.of(approval).filter(id -> !id.isEmpty()).map(UUID::fromString);
        try {
            RecordedDecision decision =
                    policy.decide(actor, judged, allowedBy)
                            .get(RECORDED_WITHIN_SECONDS, TimeUnit.SECONDS);
            return answer.apply(decision);
        } catch (ExecutionException | TimeoutException e) {
            return blocked("the decision could not be recorded");
        }
    }

    /// What is allowed gets its account.
    private Ruling ruled(RulingOrder order, ProjectSpec spec, RecordedDecision decision) {
        Ruling ruling = answer(decision);
        if (ruling.word() == Word.ALLOW) {
            if (order.task().isEmpty()) {
                budgets.open(decision.permit(), order.project().project(), spec.budgetTokens());
            } else {
                budgets.openTask(decision.permit(), order.project().project(), order.task());
            }
        }
        return ruling;
    }

    private Ruling answer(RecordedDecision decision) {
        List<String> rules =
                decision.verdict().violations().stream().map(Violation::rule).distinct().toList();
        String id = decision.id().toString();
        return switch (decision.verdict().word()) {
            case ALLOW -> {
                if (!policy.stands(decision.verdict())) {
                    yield blocked("the rules changed meanwhile");
                }
                yield new Ruling(Word.ALLOW, id, rules, "", "");
            }
            case DENY -> new Ruling(Word.DENY, id, rules, "", String.join(", ", rules));
            case REVIEW ->
                    new Ruling(
                            Word.BLOCK,
                            id,
                            rules,
                            id,
                            "a person has to approve it (%s): %s"
                                    .formatted(id, String.join(", ", rules)));
        };
    }

    private static Ruling blocked(String detail) {
        return new Ruling(Word.BLOCK, "", List.of(), "", detail);
    }

    /// Whether what blocked has changed.
    ///
    /// @return empty while it has not
    Optional<Ruling> changed(
            ActorContext actor, RulingOrder order, ProjectSpec spec, Ruling blocked) {
        if (!blocked.approval().isEmpty()) {
            return decided(actor, blocked);
        }
        return policy.judge(actor, request(actor, order, spec)) instanceof Judged
                ? Optional.of(new Ruling(Word.ALLOW, "", List.of(), "", ""))
                : Optional.empty();
    }

    private Optional<Ruling> decided(ActorContext actor, Ruling blocked) {
        var state =
                approvals
                        .standing(actor.tenant(), UUID.fromString(blocked.approval()))
                        .map(Approvals.Standing::state)
                        .orElse(Approvals.State.EXPIRED);
        return switch (state) {
            case OPEN -> Optional.empty();
            case APPROVED ->
                    Optional.of(new Ruling(Word.ALLOW, "", List.of(), blocked.approval(), ""));
            case DENIED -> Optional.of(denied("a person has denied it"));
            case EXPIRED -> Optional.of(denied("nobody approved it in time"));
        };
    }

    private static Ruling denied(String why) {
        return new Ruling(Word.DENY, "", List.of(), "", why);
    }
}
