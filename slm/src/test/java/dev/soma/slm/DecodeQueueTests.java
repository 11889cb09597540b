package dev.soma.slm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DecodeQueueTests {
    private record Named(String fairKey, int tokens, String name) implements DecodeQueue.Task {
        @Override
        public void run() {}
    }

    private static List<String> order(DecodeQueue queue, int count) throws InterruptedException {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (queue.take() instanceof Named task) {
                names.add(task.name());
            }
        }
        return names;
    }

    @Test
    void aKeyWithManyRequestsDoesNotHoldBackAnother() throws InterruptedException {
        DecodeQueue queue = new DecodeQueue(64, 64);
        for (int i = 0; i < 10; i++) {
            queue.offer(new Named("greedy", 100, "g" + i));
        }
        queue.offer(new Named("modest", 100, "m"));

        assertThat(order(queue, 3)).contains("m");
    }

    @Test
    void turnsAreMeasuredInTokensAndNotInRequests() throws InterruptedException {
        DecodeQueue queue = new DecodeQueue(64, 64);
        for (int i = 0; i < 4; i++) {
            queue.offer(new Named("long", 1024, "L"));
        }
        for (int i = 0; i < 16; i++) {
            queue.offer(new Named("short", 64, "s"));
        }

        List<String> names = order(queue, 18);

        assertThat(names.stream().filter("s"::equals)).hasSizeGreaterThanOrEqualTo(14);
        assertThat(names.subList(0, 15)).doesNotContain("L");
    }

    @Test
    void theBoundsHoldAndAWithdrawnTaskFreesItsPlace() {
        DecodeQueue queue = new DecodeQueue(3, 2);
        Named first = new Named("a", 1, "1");

        assertThat(queue.offer(first)).isEqualTo(DecodeQueue.Offer.ACCEPTED);
        assertThat(queue.offer(new Named("a", 1, "2"))).isEqualTo(DecodeQueue.Offer.ACCEPTED);
        assertThat(queue.offer(new Named("a", 1, "3"))).isEqualTo(DecodeQueue.Offer.KEY_FULL);
        assertThat(queue.offer(new Named("b", 1, "4"))).isEqualTo(DecodeQueue.Offer.ACCEPTED);
        assertThat(queue.offer(new Named("c", 1, "5"))).isEqualTo(DecodeQueue.Offer.QUEUE_FULL);
        assertThat(queue.withdraw(first)).isTrue();
        assertThat(queue.withdraw(first)).isFalse();
        assertThat(queue.offer(new Named("c", 1, "6"))).isEqualTo(DecodeQueue.Offer.ACCEPTED);
        assertThat(queue.waiting()).isEqualTo(3);
    }

    @Test
    void aClosedLineServesWhatItHasAndTakesNoMore() throws InterruptedException {
        DecodeQueue queue = new DecodeQueue(3, 3);
        queue.offer(new Named("a", 1, "last"));

        queue.close();
        queue.serve();

        assertThat(queue.offer(new Named("a", 1, "late"))).isEqualTo(DecodeQueue.Offer.CLOSED);
        assertThat(queue.awaitIdle(0)).isTrue();
    }
}
