package dev.soma.conversation.internal;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.TurnEvent.CacheUse;
import dev.soma.conversation.Turns.Caching;
import dev.soma.events.Changes;
import dev.soma.kernel.TenantId;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Whole answers of models, kept in memory for requests that are the same to the last character. An
/// answer belongs to one tenant, constitution and version of a model profile; nobody else finds it.
/// What is kept is what the model said, so whoever finds it judges it anew. No tenant holds more
/// than a quarter. Thread-safe.
class AnswerCache implements Changes.Follower {
    /// Answers that are longer are not kept.
    static final int MAX_ANSWER_BYTES = 262_144;

    private static final int SHARE = 4;

    private final long maxBytes;
    private final Ticker ticker;
    private final MeterRegistry meters;
    private final Cache<Question, Kept> answers;
    private final ConcurrentHashMap<TenantId, Long> held = new ConcurrentHashMap<>();

    /// @param profile with its version
    /// @param request digest of everything that the model is sent
    record Question(TenantId tenant, String constitutionHash, String profile, String request) {}

    /// A part of an answer, as the model said it.
    sealed interface Part {
        record Text(String text) implements Part {}

        record Reasoning(String text) implements Part {}

        record Tool(ToolCall call) implements Part {}

        record Vector(int index, String base64) implements Part {}
    }

    /// A complete answer.
    ///
    /// @param finishReason `stop` or `tool_calls`
    record Answer(List<Part> parts, String finishReason) {
        Answer {
            parts = List.copyOf(parts);
        }

        int bytes() {
            int characters = 128;
            for (Part part : parts) {
                characters +=
                        switch (part) {
                            case Part.Text(String text) -> text.length();
                            case Part.Reasoning(String text) -> text.length();
                            case Part.Vector(int index, String base64) -> base64.length();
                            case Part.Tool(ToolCall call) ->
                                    call.id().length()
                                            + call.name().length()
                                            + call.arguments().length();
                        };
            }
            return 2 * characters;
        }
    }

    private record Kept(Answer answer, int bytes, long at, long lifetime) {}

    /// What was found, and what callers are told of it.
    ///
    /// @param answer empty when a model has to be asked
    record Found(Optional<Answer> answer, CacheUse use) {}

    AnswerCache(long maxBytes, Ticker ticker, MeterRegistry meters) {
        this.maxBytes = maxBytes;
        this.ticker = ticker;
        this.meters = meters;
        this.answers =
                Caffeine.newBuilder()
                        .maximumWeight(maxBytes)
                        .weigher((Question question, Kept kept) -> kept.bytes())
                        .expireAfter(
                                Expiry.creating((Question question, Kept kept) -> lifetime(kept)))
                        .ticker(ticker)
                        .executor(Runnable::run)
                        .removalListener(this::removed)
                        .build();
        Gauge.builder("soma_conversation_cache_bytes", this, AnswerCache::bytes).register(meters);
    }

    private static Duration lifetime(Kept kept) {
        return Duration.ofNanos(kept.lifetime());
    }

    private void removed(@Nullable Question question, @Nullable Kept kept, RemovalCause cause) {
        if (question != null && kept != null) {
            held.computeIfPresent(
                    question.tenant(),
                    (tenant, bytes) -> bytes <= kept.bytes() ? null : bytes - kept.bytes());
        }
    }

    private double bytes() {
        return held.values().stream().mapToLong(Long::longValue).sum();
    }

    /// @param wish what the caller accepts
    Found find(Question question, Caching wish) {
        if (wish.maxAgeSeconds() <= 0) {
            return found(Optional.empty(), CacheUse.bypassed());
        }
        Kept kept = answers.getIfPresent(question);
        if (kept == null) {
            return found(Optional.empty(), CacheUse.missed());
        }
        long age = TimeUnit.NANOSECONDS.toSeconds(ticker.read() - kept.at());
        return age > wish.maxAgeSeconds()
                ? found(Optional.empty(), CacheUse.missed())
                : found(Optional.of(kept.answer()), CacheUse.hit(age));
    }

    private Found found(Optional<Answer> answer, CacheUse use) {
        meters.counter("soma_conversation_cache_total", "outcome", use.kind().wireName())
                .increment();
        return new Found(answer, use);
    }

    /// Keeps an answer; one that is too large, or more than its tenant's share, is let go.
    void keep(Question question, Answer answer, int seconds) {
        int bytes = answer.bytes();
        long ofTenant = held.getOrDefault(question.tenant(), 0L);
        if (bytes > MAX_ANSWER_BYTES || ofTenant + bytes > maxBytes / SHARE) {
            return;
        }
        held.merge(question.tenant(), (long) bytes, Long::sum);
        answers.put(
                question,
                new Kept(answer, bytes, ticker.read(), TimeUnit.SECONDS.toNanos(seconds)));
    }

    @Override
    public Changes.Kind kind() {
        return Changes.Kind.ERASURE;
    }

    @Override
    public void reload() {
        answers.invalidateAll();
    }

    /// Somebody of these tenants is to be forgotten; what was answered to whom is not known here.
    @Override
    public void reload(Set<TenantId> tenants) {
        answers.asMap().keySet().removeIf(question -> tenants.contains(question.tenant()));
    }
}
