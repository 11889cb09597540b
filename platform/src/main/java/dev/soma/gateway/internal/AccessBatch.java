package dev.soma.gateway.internal;

import dev.soma.gateway.internal.EvaluationRoutes.Answer;
import dev.soma.gateway.internal.EvaluationRoutes.Question;
import dev.soma.kernel.Problem;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.policy.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/// Asks the questions of a batch: all at once, or one after the other where an answer may end it.
final class AccessBatch {
    private final AuthZen.Batch batch;
    private final Function<Question, CompletableFuture<Answer>> ask;

    AccessBatch(AuthZen.Batch batch, Function<Question, CompletableFuture<Answer>> ask) {
        this.batch = batch;
        this.ask = ask;
    }

    CompletableFuture<JsonObject> run() {
        if (batch.semantic() != AuthZen.Semantic.EXECUTE_ALL) {
            return next(0, new ArrayList<>());
        }
        List<CompletableFuture<Answer>> answers = batch.questions().stream().map(ask).toList();
        return CompletableFuture.allOf(answers.toArray(CompletableFuture<?>[]::new))
                .thenApply(
                        all ->
                                document(
                                        answers.stream()
                                                .map(CompletableFuture::join)
                                                .map(AccessBatch::document)
                                                .toList()));
    }

    private CompletableFuture<JsonObject> next(int index, List<JsonObject> answered) {
        if (index == batch.questions().size()) {
            return CompletableFuture.completedFuture(document(answered));
        }
        return ask.apply(batch.questions().get(index))
                .thenCompose(
                        answer -> {
                            answered.add(document(answer));
                            return batch.semantic().endsWith(allows(answer))
                                    ? CompletableFuture.completedFuture(document(answered))
                                    : next(index + 1, answered);
                        });
    }

    private static boolean allows(Answer answer) {
        return answer instanceof Answer.Decided(RecordedDecision decision)
                && decision.verdict().word() == Verdict.Word.ALLOW;
    }

    private static JsonObject document(Answer answer) {
        return switch (answer) {
            case Answer.Decided(RecordedDecision decision) -> AuthZen.document(decision);
            case Answer.Undecided(Problem problem) -> AuthZen.undecided(problem);
        };
    }

    private JsonObject document(List<JsonObject> answers) {
        return batch.single()
                ? answers.getFirst()
                : JsonValue.object().put("evaluations", JsonValue.array(answers)).build();
    }
}
