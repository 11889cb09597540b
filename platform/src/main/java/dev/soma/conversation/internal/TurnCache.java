package dev.soma.conversation.internal;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.TurnEvent.CacheUse;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.conversation.internal.AnswerCache.Answer;
import dev.soma.conversation.internal.AnswerCache.Found;
import dev.soma.conversation.internal.AnswerCache.Part;
import dev.soma.conversation.internal.AnswerCache.Question;
import dev.soma.kernel.Digest;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.provider.ModelRoute;
import dev.soma.provider.ModelRoute.Caching;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One turn's use of kept answers: the answer that was found, or else what the model says, to be
/// kept if it turns out whole. Lives on one event loop.
final class TurnCache {
    private static final Set<String> WHOLE = Set.of("stop", "tool_calls");

    private final AnswerCache cache;
    private final @Nullable Question question;
    private final int seconds;
    private final boolean keeps;
    private final Optional<Found> found;
    private final List<Part> parts = new ArrayList<>();
    private final StringBuilder open = new StringBuilder();
    private boolean thinking;
    private long length;
    private boolean spoilt;

    private TurnCache(
            AnswerCache cache,
            @Nullable Question question,
            int seconds,
            boolean keeps,
            Optional<Found> found) {
        this.cache = cache;
        this.question = question;
        this.seconds = seconds;
        this.keeps = keeps && found.flatMap(Found::answer).isEmpty();
        this.found = found;
    }

    /// Looks for an answer, where the profile lets answers be kept.
    ///
    /// @param request as its verdict obliges, with its history
    /// @param constitutionHash that judged it
    static TurnCache of(
            AnswerCache cache,
            TenantId tenant,
            TurnRequest request,
            ModelRoute route,
            String constitutionHash,
            long maxTokens) {
        if (route.caching().isEmpty()) {
            return new TurnCache(cache, null, 0, false, Optional.empty());
        }
        Caching caching = route.caching().get();
        Question question = question(tenant, request, route, caching, constitutionHash, maxTokens);
        var wish = request.delivery().caching();
        return new TurnCache(
                cache,
                question,
                caching.seconds(),
                wish.store(),
                Optional.of(cache.find(question, wish)));
    }

    static Question question(
            TenantId tenant,
            TurnRequest request,
            ModelRoute route,
            Caching caching,
            String constitutionHash,
            long maxTokens) {
        return new Question(
                tenant, constitutionHash, caching.profile(), digest(request, route, maxTokens));
    }

    /// Of everything on which the answer depends.
    private static String digest(TurnRequest request, ModelRoute route, long maxTokens) {
        var messages = request.messages().stream().map(message -> message.document()).toList();
        var targets =
                route.targets().stream()
                        .map(target -> target.address() + " " + target.endpoint().baseUrl())
                        .toList();
        return Digest.sha256Hex(
                CanonicalJson.JCS.bytes(
                        JsonValue.object()
                                .put("messages", JsonValue.array(messages))
                                .put("operation", request.task().operation().wireName())
                                .put("parameters", request.parameters())
                                .put("max_tokens", maxTokens)
                                .put("targets", JsonValue.texts(targets))
                                .build()));
    }

    Optional<CacheUse> use() {
        return found.map(Found::use);
    }

    Optional<Answer> answer() {
        return found.flatMap(Found::answer);
    }

    void text(String piece) {
        say(piece, false);
    }

    void reasoning(String piece) {
        say(piece, true);
    }

    private void say(String piece, boolean thought) {
        if (!keeps || tooLong(piece.length())) {
            return;
        }
        if (thinking != thought) {
            close();
            thinking = thought;
        }
        open.append(piece);
    }

    void tool(ToolCall call) {
        if (!keeps || tooLong(call.arguments().length())) {
            return;
        }
        close();
        parts.add(new Part.Tool(call));
    }

    void embedding(int index, String base64) {
        if (keeps && !tooLong(base64.length())) {
            close();
            parts.add(new Part.Vector(index, base64));
        }
    }

    private boolean tooLong(int more) {
        length += more;
        if (length > AnswerCache.MAX_ANSWER_BYTES / 2) {
            spoil();
        }
        return spoilt;
    }

    private void close() {
        if (!open.isEmpty()) {
            String said = open.toString();
            parts.add(thinking ? new Part.Reasoning(said) : new Part.Text(said));
            open.setLength(0);
        }
    }

    /// It is not the answer of one model, so it is not kept.
    void spoil() {
        spoilt = true;
        parts.clear();
        open.setLength(0);
    }

    /// The answer is whole, and nothing in it broke a rule.
    void completed(String finishReason) {
        if (keeps && !spoilt && question != null && WHOLE.contains(finishReason)) {
            close();
            cache.keep(question, new Answer(parts, finishReason), seconds);
        }
    }
}
