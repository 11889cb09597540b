package dev.soma.gateway.internal;

import dev.soma.identity.Identities;
import dev.soma.kernel.Actor;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.UserId;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.policy.Obligation;
import dev.soma.policy.PolicyEngine;
import dev.soma.policy.PolicyEngine.Impossible;
import dev.soma.policy.PolicyEngine.Judged;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Verdict;
import io.vertx.core.Context;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Verdicts for other systems to act on: `POST /v1/evaluate`, and the same question in the words of
/// AuthZEN 1.0. An answer leaves once the decision is durable.
class EvaluationRoutes {
    /// How often a question is judged when constitutions change meanwhile.
    private static final int JUDGEMENTS = 2;

    /// Who may ask what another user may do.
    private static final String ON_BEHALF = "workload";

    private final TurnRoutes turns;
    private final PolicyEngine policy;
    private final Identities identities;
    private final AccessSearch search;
    private final InstantSource clock;

    EvaluationRoutes(
            TurnRoutes turns,
            PolicyEngine policy,
            Identities identities,
            AccessSearch search,
            InstantSource clock) {
        this.search = search;
        this.turns = turns;
        this.policy = policy;
        this.identities = identities;
        this.clock = clock;
    }

    /// A question about a user.
    ///
    /// @param approval by which a person allowed this very request
    record Question(Optional<String> user, PolicyRequest request, Optional<UUID> approval) {
        Question(Optional<String> user, PolicyRequest request) {
            this(user, request, Optional.empty());
        }

        Question approvedBy(Optional<UUID> id) {
            return new Question(user, request, id);
        }
    }

    /// What came of a question: a decision, or why there is none.
    sealed interface Answer {
        record Decided(RecordedDecision decision) implements Answer {}

        record Undecided(Problem problem) implements Answer {}
    }

    void evaluate(Exchange exchange) {
        asked(
                exchange,
                (actor, body) -> {
                    Question question =
                            EvaluateBody.read(actor, body).approvedBy(exchange.approval());
                    answer(
                            exchange,
                            ask(actor, question),
                            decided -> exchange.json(200, document(decided)));
                });
    }

    void access(Exchange exchange) {
        asked(
                exchange,
                (actor, body) ->
                        answer(
                                exchange,
                                ask(actor, AuthZen.read(body)),
                                decided -> exchange.json(200, AuthZen.document(decided))));
    }

    void accessBatch(Exchange exchange) {
        asked(
                exchange,
                (actor, body) -> {
                    AuthZen.Batch batch = AuthZen.readBatch(body);
                    reply(exchange, new AccessBatch(batch, item -> ask(actor, item)).run());
                });
    }

    void accessSearch(Exchange exchange, AccessSearch.Wanted wanted) {
        asked(
                exchange,
                (actor, body) -> {
                    requireOnBehalf(actor);
                    var page = search.read(actor, wanted, body);
                    reply(exchange, search.run(page, item -> allows(actor, item)));
                });
    }

    /// Reads who asks and what; what is wrong with either is the answer.
    private void asked(Exchange exchange, BiConsumer<ActorContext, BodyReader> asking) {
        turns.identified(
                exchange,
                actor ->
                        exchange.body(
                                bytes -> {
                                    try {
                                        asking.accept(actor, BodyReader.of(bytes));
                                    } catch (ProblemException e) {
                                        exchange.refuse(e.problem());
                                    }
                                }));
    }

    private static void reply(Exchange exchange, CompletableFuture<JsonObject> coming) {
        Context loop = exchange.loop();
        var _ =
                coming.whenComplete(
                        (document, failure) ->
                                loop.runOnContext(now -> ended(exchange, document, failure)));
    }

    /// What [#ask] would answer, with nothing recorded and nothing remembered.
    private CompletableFuture<Boolean> allows(ActorContext caller, Question question) {
        ActorContext subject = subject(caller, question.user());
        if (!(policy.judge(subject, question.request()) instanceof Judged judged)) {
            return CompletableFuture.completedFuture(false);
        }
        if (!judged.isOpen(Optional.empty())) {
            return CompletableFuture.completedFuture(judged.verdict().word() == Verdict.Word.ALLOW);
        }
        return policy.settle(subject, judged, Optional.empty())
                .thenApply(
                        settled -> {
                            boolean allowed = settled.verdict().word() == Verdict.Word.ALLOW;
                            if (allowed) {
                                policy.release(subject, settled);
                            }
                            return allowed;
                        });
    }

    private static void ended(
            Exchange exchange, @Nullable JsonObject document, @Nullable Throwable failure) {
        if (document == null || failure != null) {
            exchange.refuse(unrecorded());
        } else {
            exchange.json(200, document);
        }
    }

    void discovery(Exchange exchange) {
        exchange.json(200, AuthZen.discovery(exchange.base()));
    }

    private void answer(
            Exchange exchange,
            CompletableFuture<Answer> answering,
            Consumer<RecordedDecision> decided) {
        Context loop = exchange.loop();
        var _ =
                answering.whenComplete(
                        (answer, failure) ->
                                loop.runOnContext(
                                        nothing -> {
                                            switch (answer) {
                                                case Answer.Decided(RecordedDecision decision) -> {
                                                    exchange.decidedBy(decision);
                                                    decided.accept(decision);
                                                }
                                                case Answer.Undecided(Problem problem) ->
                                                        exchange.refuse(problem);
                                                case null -> exchange.refuse(unrecorded());
                                            }
                                        }));
    }

    private static Problem unrecorded() {
        return Problem.of(
                ProblemKind.ENGINE_UNAVAILABLE,
                "The decision could not be recorded, so there is none.");
    }

    private CompletableFuture<Answer> ask(ActorContext caller, Question question) {
        return ask(subject(caller, question.user()), question, JUDGEMENTS);
    }

    /// @param left how often it may be judged; a constitution that goes in force meanwhile takes
    /// one
    private CompletableFuture<Answer> ask(ActorContext subject, Question question, int left) {
        return switch (policy.judge(subject, question.request())) {
            case Impossible(Problem problem) ->
                    CompletableFuture.completedFuture(new Answer.Undecided(problem));
            case Judged judged ->
                    policy.decide(subject, judged, question.approval())
                            .handle(
                                    (recorded, failure) ->
                                            failure == null
                                                    ? new Answer.Decided(recorded)
                                                    : new Answer.Undecided(unrecorded()))
                            .thenCompose(answer -> standing(answer, subject, question, left));
        };
    }

    /// Nothing is answered under a constitution that another has replaced.
    private CompletableFuture<Answer> standing(
            Answer answer, ActorContext subject, Question question, int left) {
        if (!(answer instanceof Answer.Decided(RecordedDecision decision))
                || policy.stands(decision.verdict())) {
            return CompletableFuture.completedFuture(answer);
        }
        return left > 1
                ? ask(subject, question, left - 1)
                : CompletableFuture.completedFuture(
                        new Answer.Undecided(
                                Problem.of(
                                        ProblemKind.CONSTITUTION_CHANGED,
                                        "It changed, or this node lost touch with it; try again.")));
    }

    /// The caller, or the user on whose behalf a service asks. A user that nobody knows may do
    /// nothing.
    private ActorContext subject(ActorContext caller, Optional<String> named) {
        if (named.isEmpty() || named.get().equals(caller.actor().user().value())) {
            return caller;
        }
        requireOnBehalf(caller);
        UserId user = userId(named.get());
        Actor actor =
                identities
                        .user(caller.tenant(), user)
                        .orElseGet(
                                () -> new Actor(caller.tenant(), user, Optional.empty(), Set.of()));
        return new ActorContext(
                actor, caller.tenant(), caller.requestId(), caller.trace(), caller.deadline());
    }

    private static void requireOnBehalf(ActorContext caller) {
        if (!caller.actor().holds(ON_BEHALF)) {
            throw new ProblemException(
                    Problem.of(
                            ProblemKind.CAPABILITY_MISSING,
                            "Asking for another user takes the capability 'workload'."));
        }
    }

    private static UserId userId(String text) {
        try {
            return new UserId(text);
        } catch (IllegalArgumentException e) {
            throw new ProblemException(Problem.at("/user", e.getMessage() + "."));
        }
    }

    private JsonObject document(RecordedDecision recorded) {
        Verdict verdict = recorded.verdict();
        return JsonValue.object()
                .put("decision", verdict.word().wireName())
                .put("allowed", JsonValue.of(verdict.word() == Verdict.Word.ALLOW))
                .put("score", new JsonValue.JsonFloat(verdict.scoreMicro() / 1e6))
                .put("severity", verdict.severity())
                .put(
                        "reasons",
                        JsonValue.object()
                                .put("constitution_hash", verdict.constitutionHash())
                                .put(
                                        "policy",
                                        JsonValue.texts(
                                                verdict.violations().stream()
                                                        .map(violation -> violation.rule())
                                                        .toList()))
                                .build())
                .put(
                        "violations",
                        JsonValue.array(
                                verdict.violations().stream()
                                        .map(violation -> violation.document())
                                        .toList()))
                .put(
                        "obligations",
                        JsonValue.array(
                                verdict.obligations().stream().map(Obligation::document).toList()))
                .put("decision_id", recorded.id().toString())
                .put("constitution_hash", verdict.constitutionHash())
                .put("policy_version", verdict.policyVersion())
                .put("evaluated_at", clock.instant().toString())
                .put(
                        "receipt",
                        JsonValue.object()
                                .put("log_origin", recorded.logOrigin())
                                .put("log_index", recorded.logIndex())
                                .build())
                .build();
    }
}
