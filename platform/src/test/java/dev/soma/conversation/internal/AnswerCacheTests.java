package dev.soma.conversation.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.conversation.TurnEvent.CacheUse;
import dev.soma.conversation.Turns.Caching;
import dev.soma.conversation.internal.AnswerCache.Answer;
import dev.soma.conversation.internal.AnswerCache.Part;
import dev.soma.conversation.internal.AnswerCache.Question;
import dev.soma.kernel.TenantId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AnswerCacheTests {
    private final AtomicLong now = new AtomicLong();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private static Question question(
            String tenant, String constitution, String profile, String request) {
        return new Question(new TenantId(tenant), constitution, profile, request);
    }

    private static Answer answer(String text) {
        return new Answer(List.of(new Part.Text(text)), "stop");
    }

    private AnswerCache cache(long bytes) {
        return new AnswerCache(bytes, now::get, meters);
    }

    @Test
    void anAnswerIsFoundByWhatIsEqualInEveryPartAndByNothingElse() {
        AnswerCache cache = cache(1 << 20);
        List<String> names = List.of("a", "b", "c");
        for (String tenant : names) {
            for (String constitution : names) {
                for (String profile : names) {
                    for (String request : names) {
                        cache.keep(
                                question(tenant, constitution, profile, request),
                                answer(tenant + constitution + profile + request),
                                60);
                    }
                }
            }
        }
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> asked = List.of("a", "b", "c", "d");
        for (int i = 0; i < 10_000; i++) {
            List<String> parts = random.ints(4, 0, asked.size()).mapToObj(asked::get).toList();
            var found =
                    cache.find(
                            question(parts.get(0), parts.get(1), parts.get(2), parts.get(3)),
                            Caching.ANY);
            if (parts.contains("d")) {
                assertThat(found.answer()).as("seed %d, %s", seed, parts).isEmpty();
            } else {
                assertThat(found.answer())
                        .as("seed %d, %s", seed, parts)
                        .contains(answer(String.join("", parts)));
            }
        }
    }

    @Test
    void anAnswerGrowsOldAndThenIsGone() {
        AnswerCache cache = cache(1 << 20);
        Question question = question("acme", "h", "p@1", "r");
        cache.keep(question, answer("hello"), 60);
        now.addAndGet(TimeUnit.SECONDS.toNanos(59));
        assertThat(cache.find(question, Caching.ANY).use()).isEqualTo(CacheUse.hit(59));
        assertThat(cache.find(question, new Caching(true, 59)).answer()).isPresent();
        assertThat(cache.find(question, new Caching(true, 58)).answer()).isEmpty();
        assertThat(cache.find(question, new Caching(true, 0)).use()).isEqualTo(CacheUse.bypassed());
        now.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThat(cache.find(question, Caching.ANY).use()).isEqualTo(CacheUse.missed());
    }

    @Test
    void noTenantHoldsMoreThanAQuarterAndNobodyIsPushedOutByIt() {
        AnswerCache cache = cache(100_000);
        Question other = question("globex", "h", "p@1", "r");
        cache.keep(other, answer("mine"), 60);
        for (int i = 0; i < 1_000; i++) {
            cache.keep(question("acme", "h", "p@1", "r" + i), answer("x".repeat(500)), 60);
        }
        assertThat(cache.find(other, Caching.ANY).answer()).contains(answer("mine"));
        assertThat(meters.get("soma_conversation_cache_bytes").gauge().value())
                .isBetween(20_000.0, 30_000.0);
    }

    @Test
    void anAnswerThatIsTooLargeIsNotKept() {
        AnswerCache cache = cache(1 << 30);
        Question question = question("acme", "h", "p@1", "r");
        cache.keep(question, answer("x".repeat(AnswerCache.MAX_ANSWER_BYTES)), 60);
        assertThat(cache.find(question, Caching.ANY).answer()).isEmpty();
    }

    @Test
    void anErasureForgetsTheAnswersOfItsTenant() {
        AnswerCache cache = cache(1 << 20);
        Question gone = question("acme", "h", "p@1", "r");
        Question stays = question("globex", "h", "p@1", "r");
        cache.keep(gone, answer("a"), 60);
        cache.keep(stays, answer("b"), 60);
        cache.reload(Set.of(new TenantId("acme")));
        assertThat(cache.find(gone, Caching.ANY).answer()).isEmpty();
        assertThat(cache.find(stays, Caching.ANY).answer()).isPresent();
    }

    @Test
    void whatLeavesIsNotCountedAnyMore() {
        AnswerCache cache = cache(100_000);
        for (int i = 0; i < 500; i++) {
            cache.keep(question("t" + i % 9, "h", "p@1", "r" + i), answer("x".repeat(900)), 60);
            cache.keep(question("t" + i % 9, "h", "p@1", "r" + i), answer("y".repeat(900)), 60);
        }
        assertThat(meters.get("soma_conversation_cache_bytes").gauge().value())
                .isBetween(2_000.0, 100_000.0);
        cache.reload();
        assertThat(meters.get("soma_conversation_cache_bytes").gauge().value()).isZero();
    }
}
