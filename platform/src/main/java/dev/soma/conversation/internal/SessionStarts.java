package dev.soma.conversation.internal;

import dev.soma.conversation.internal.JournalRepository.Place;
import dev.soma.conversation.internal.SessionRepository.Manner;
import dev.soma.conversation.internal.SessionRepository.Session;
import dev.soma.events.Outbox;
import dev.soma.identity.SessionTokens;
import dev.soma.identity.SessionTokens.Minted;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.policy.PolicyEngine;
import dev.soma.policy.PolicyEngine.Impossible;
import dev.soma.policy.PolicyEngine.Judged;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Prompt;
import dev.soma.policy.Prompt.Message;
import dev.soma.policy.Verdict;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.springframework.transaction.support.TransactionTemplate;

/// Starts sessions: judged and recorded first, then row, token and event in one transaction.
class SessionStarts {
    private final TransactionTemplate transactions;
    private final SessionRepository sessions;
    private final PolicyEngine policy;
    private final SessionTokens tokens;
    private final Outbox outbox;
    private final ConversationEvents events;

    SessionStarts(
            TransactionTemplate transactions,
            SessionRepository sessions,
            PolicyEngine policy,
            SessionTokens tokens,
            Outbox outbox,
            ConversationEvents events) {
        this.transactions = transactions;
        this.sessions = sessions;
        this.policy = policy;
        this.tokens = tokens;
        this.outbox = outbox;
        this.events = events;
    }

    /// A session that was started.
    record Started(RecordedDecision decision, Session session, Minted token) {}

    /// A decision that refuses to start one.
    record Refused(RecordedDecision decision, Problem problem) {}

    /// What came of asking for a session.
    record Outcome(Optional<Started> started, Optional<Refused> refused) {}

    /// @throws ProblemException when nothing could be decided, or there is such a session
    Outcome start(ActorContext actor, String id, Manner manner, Optional<UUID> approval) {
        RecordedDecision decision = decide(actor, id, manner, approval);
        if (decision.verdict().word() != Verdict.Word.ALLOW) {
            return new Outcome(
                    Optional.empty(), Optional.of(new Refused(decision, problem(decision))));
        }
        if (!policy.stands(decision.verdict())) {
            throw refuse(
                    ProblemKind.CONSTITUTION_CHANGED,
                    "Another constitution came into force; send the request again.");
        }
        Started started = transactions.execute(status -> write(actor, decision, id, manner));
        return new Outcome(Optional.ofNullable(started), Optional.empty());
    }

    private RecordedDecision decide(
            ActorContext actor, String id, Manner manner, Optional<UUID> approval) {
        List<Message> said =
                manner.system().isEmpty()
                        ? List.of()
                        : List.of(new Message("system", manner.system()));
        PolicyRequest question = PolicyRequest.chat("session/" + id, id, new Prompt(said));
        return switch (policy.judge(actor, question)) {
            case Impossible(Problem problem) -> throw new ProblemException(problem);
            case Judged judged -> {
                try {
                    yield policy.decide(actor, judged, approval).join();
                } catch (CompletionException e) {
                    throw refuse(
                            ProblemKind.ENGINE_UNAVAILABLE,
                            "The decision could not be recorded, so nothing was done.");
                }
            }
        };
    }

    private static Problem problem(RecordedDecision decision) {
        boolean review = decision.verdict().word() == Verdict.Word.REVIEW;
        return new Problem(
                review ? ProblemKind.REVIEW_REQUIRED : ProblemKind.POLICY_DENIED,
                review
                        ? "A person has to approve this: approval %s; send it again with it in X-Approval-Id."
                                .formatted(decision.id())
                        : "The session breaks a rule; see the violations.",
                decision.verdict().violations(),
                "");
    }

    private Started write(ActorContext actor, RecordedDecision decision, String id, Manner manner) {
        Place place = new Place(actor.tenant().value(), id);
        if (!sessions.start(place, actor.actor().user().value(), manner)) {
            throw refuse(ProblemKind.CONFLICT, "There is a session of that name.");
        }
        Minted token =
                tokens.mint(actor, decision.permit())
                        .orElseThrow(
                                () ->
                                        refuse(
                                                ProblemKind.ENGINE_UNAVAILABLE,
                                                "No signing key is active yet."));
        outbox.add(List.of(events.started(actor, decision, id, manner.model())));
        return new Started(decision, sessions.find(place).orElseThrow(), token);
    }

    private static ProblemException refuse(ProblemKind kind, String detail) {
        return new ProblemException(Problem.of(kind, detail));
    }
}
