package dev.soma.conversation.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.metering.Price;
import dev.soma.provider.Endpoint;
import dev.soma.provider.ModelRoute;
import dev.soma.provider.ModelTarget;
import dev.soma.provider.ProviderClient.Failure;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Every course that failures can take, for every route of up to five models.
class AttemptsTests {
    private static final int MAX = 3;
    private long courses;

    private static ModelTarget target(int index, int context, boolean continues) {
        return new ModelTarget(
                "p",
                "m" + index,
                new Endpoint(
                        Endpoint.Dialect.OPENAI,
                        URI.create("http://127.0.0.1/v1"),
                        Optional.empty(),
                        false,
                        OptionalInt.empty()),
                context,
                Price.FREE,
                continues);
    }

    private static List<ModelRoute> routes() {
        List<ModelRoute> routes = new ArrayList<>();
        for (int size = 1; size <= 5; size++) {
            for (int bits = 0; bits < 1 << (2 * size); bits++) {
                List<ModelTarget> targets = new ArrayList<>();
                for (int i = 0; i < size; i++) {
                    boolean large = (bits >> (2 * i) & 1) == 1;
                    boolean continues = (bits >> (2 * i + 1) & 1) == 1;
                    targets.add(target(i, large ? 8_192 : 2_048, continues));
                }
                routes.add(new ModelRoute(targets, Optional.empty()));
            }
        }
        return routes;
    }

    @Test
    void noModelIsAskedTwiceAndNoneInVain() {
        for (ModelRoute route : routes()) {
            follow(route, List.of());
        }
        assertThat(courses).isGreaterThan(100_000);
        System.out.println("attempts: " + courses + " courses");
    }

    private record Step(Failure failure, boolean said) {}

    /// Plays the course so far, then every next step.
    private void follow(ModelRoute route, List<Step> course) {
        Attempts attempts = new Attempts(route, MAX);
        Set<String> asked = new HashSet<>(Set.of(attempts.current().address()));
        int largest = attempts.current().contextTokens();
        for (Step step : course) {
            Optional<ModelTarget> next = attempts.next(step.failure(), step.said());
            if (next.isEmpty()) {
                courses++;
                return;
            }
            assertThat(asked.add(next.get().address())).as("asked once").isTrue();
            assertThat(attempts.number()).isEqualTo(asked.size()).isLessThanOrEqualTo(MAX);
            assertThat(next.get()).isEqualTo(attempts.current());
            if (step.said()) {
                assertThat(next.get().continues()).isTrue();
            }
            if (step.failure() == Failure.CONTEXT_LENGTH) {
                assertThat(next.get().contextTokens()).isGreaterThan(largest);
            }
            assertThat(step.failure()).isNotEqualTo(Failure.REFUSED);
            largest = Math.max(largest, next.get().contextTokens());
        }
        if (course.size() == MAX) {
            throw new AssertionError("more than %d models were asked".formatted(MAX));
        }
        boolean saidBefore = !course.isEmpty() && course.getLast().said();
        for (Failure failure : Failure.values()) {
            for (boolean said : saidBefore ? new boolean[] {true} : new boolean[] {false, true}) {
                List<Step> longer = new ArrayList<>(course);
                longer.add(new Step(failure, said));
                follow(route, longer);
            }
        }
    }
}
