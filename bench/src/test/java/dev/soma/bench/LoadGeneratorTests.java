package dev.soma.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoadGeneratorTests extends ProviderCase {
    private static final Duration SHORT = Duration.ofMillis(200);
    private final LoadGenerator generator = new LoadGenerator();

    @AfterAll
    void stopGenerator() {
        generator.close();
    }

    private Target target() {
        return new Target("direct", provider.uri(), "", Map.of(), null);
    }

    @Test
    void verifiesWholeAnswersInAClosedLoop() throws Exception {
        LaneResult json = generator.closed(target(), Lane.closed("json", false, 64, 4), SHORT);
        LaneResult stream = generator.closed(target(), Lane.closed("sse", true, 64, 4), SHORT);

        assertThat(json.failures()).isEmpty();
        assertThat(json.requests()).isGreaterThanOrEqualTo(4);
        assertThat(json.latency().count()).isEqualTo(json.requests());
        assertThat(stream.failures()).isEmpty();
        assertThat(stream.framesReceived())
                .isEqualTo(stream.requests() * 64)
                .isEqualTo(stream.framesExpected());
        assertThat(stream.firstFrame().p50Micros())
                .isPositive()
                .isLessThanOrEqualTo(stream.latency().maxMicros());
    }

    @Test
    void aBareProxyHandsEverythingOn() throws Exception {
        try (PassThrough proxy = PassThrough.start(0, provider.uri())) {
            Target through =
                    new Target(
                            "vertx",
                            URI.create("http://127.0.0.1:" + proxy.port()),
                            "",
                            Map.of(),
                            null);
            LaneResult json = generator.closed(through, Lane.closed("json", false, 64, 4), SHORT);
            LaneResult stream = generator.closed(through, Lane.closed("sse", true, 64, 4), SHORT);
            assertThat(json.failures()).isEmpty();
            assertThat(json.requests()).isPositive();
            assertThat(stream.failures()).isEmpty();
            assertThat(stream.framesReceived()).isEqualTo(stream.framesExpected());
        }
    }

    @Test
    void sendersThinkBetweenTheirRequests() throws Exception {
        Lane lane = Lane.thinking("think", 4, 20, 100);
        LaneResult result = generator.thinking(target(), lane, Duration.ofSeconds(1), 7);

        assertThat(result.failures()).isEmpty();
        // 20 senders that think 0.1 s ask about 200 times in a second; without thinking they would
        // ask thousands of times.
        assertThat(result.requests()).isBetween(1L, 400L);
    }

    @ParameterizedTest
    @CsvSource({
        "cut=4,6,answer cut: HttpClosedException",
        "malformed=2,1,malformed JSON",
        "error-frame=3,8,an error object in the answer",
        "no-done,0,a stream without [DONE]",
        "status=503,10,status 503",
        "json-for-sse,10,frames lost"
    })
    void countsWhatIsLostAndWhy(String fault, long lost, String reason) throws Exception {
        Lane lane = new Lane("faulty", true, "scripted:frames=10," + fault, 10, 1, 0);

        LaneResult result = generator.closed(target(), lane, Duration.ofMillis(50));

        assertThat(result.requests()).isZero();
        assertThat(result.failures()).containsOnlyKeys(reason);
        assertThat(result.framesLost())
                .isEqualTo(lost * result.failed())
                .isEqualTo(result.framesExpected() - result.framesReceived());
    }

    @Test
    void failsWhatNobodyAnswers() throws Exception {
        int free;
        try (ScriptedProvider other = ScriptedProvider.start(0)) {
            free = other.uri().getPort();
        }
        Target gone =
                new Target("gone", URI.create("http://127.0.0.1:" + free), "", Map.of(), null);

        LaneResult result =
                generator.closed(gone, Lane.closed("json", false, 1, 2), Duration.ofSeconds(2));

        assertThat(result.requests()).isZero();
        assertThat(result.failed()).isBetween(1L, 1100L);
    }

    @Test
    void countsLatencyFromThePlannedTime() throws Exception {
        Lane lane = new Lane("late", false, "scripted:frames=1,delay=60ms", 1, 0, 100);

        LaneResult result = generator.open(target(), lane, Duration.ofMillis(500), 7);

        assertThat(result.requests()).isEqualTo(50);
        assertThat(result.latency().p50Micros()).isGreaterThanOrEqualTo(59_000);
    }

    @Test
    void plansTheSameArrivalsForTheSameSeed() {
        long[] offsets = LoadGenerator.poisson(1000, Duration.ofSeconds(20), 42);

        assertThat(offsets)
                .isSorted()
                .hasSize(20_000)
                .isEqualTo(LoadGenerator.poisson(1000, Duration.ofSeconds(20), 42));
        assertThat(offsets).isNotEqualTo(LoadGenerator.poisson(1000, Duration.ofSeconds(20), 43));
        // The mean of 20,000 exponential times has a deviation of 1/141: five of them are 3.6 %.
        assertThat(offsets[19_999] / 20_000.0).isBetween(964_000.0, 1_036_000.0);
    }

    @Test
    void readsPacedStreamsWithoutLoss() throws Exception {
        Lane lane = new Lane("paced", true, "scripted:frames=10,pace=20ms", 10, 0, 0);

        LaneResult result = generator.streams(target(), lane, 20, Duration.ofMillis(200));

        assertThat(result.failures()).isEmpty();
        assertThat(result.framesLost()).isZero();
        assertThat(result.gap().count()).isBetween(1L, 20 * 9L);
        assertThat(result.latency().p50Micros()).isGreaterThanOrEqualTo(179_000);
    }
}
