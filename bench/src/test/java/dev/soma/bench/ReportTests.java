package dev.soma.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The arithmetic of a report, on figures small enough to check by hand.
class ReportTests {
    private static final Plan PLAN =
            new Plan(
                    3,
                    Duration.ofSeconds(1),
                    Duration.ZERO,
                    100,
                    List.of(),
                    50,
                    List.of("json-c16", "sse-c16"),
                    1);

    private static LaneResult result(
            long requests, double p50, @Nullable Long cpuMicros, Map<String, Long> failures) {
        Quantiles latency = new Quantiles(requests, p50, p50, p50, 2 * p50, 3 * p50);
        Quantiles none = new Quantiles(0, 0, 0, 0, 0, 0);
        return new LaneResult(
                requests,
                failures,
                0,
                0,
                0,
                1,
                latency,
                none,
                none,
                cpuMicros == null ? null : new CpuTime(cpuMicros, cpuMicros / 4));
    }

    private static Report report(Map<String, Long> failures) {
        List<Report.Measured> measured = new ArrayList<>();
        double[] direct = {100, 900, 110};
        double[] through = {150, 960, 155};
        for (int i = 0; i < 3; i++) {
            for (String lane : List.of("json-c16", "sse-c16")) {
                long cpu = lane.equals("json-c16") ? 10_000 : 74_000;
                LaneResult straight = result(100, direct[i], null, Map.of());
                measured.add(new Report.Measured(lane, GatewayBench.DIRECT, i, straight));
                measured.add(
                        new Report.Measured(
                                lane,
                                GatewayBench.GATEWAY,
                                i,
                                result(100, through[i], cpu, failures)));
            }
        }
        return new Report(
                Machine.read(),
                List.of(),
                List.of(),
                PLAN,
                new Quantiles(0, 0, 0, 0, 0, 0),
                measured,
                List.of(),
                List.of());
    }

    @Test
    void aFrontierIsTheHighestRateThatKeptEachBound() {
        List<LongRuns.Rate> rates =
                List.of(
                        new LongRuns.Rate(10, 4_000, true),
                        new LongRuns.Rate(20, 40_000, true),
                        new LongRuns.Rate(30, 9_000, true),
                        new LongRuns.Rate(40, 9_000, false),
                        new LongRuns.Rate(50, 200_000, true));
        assertThat(LongRuns.bounds(rates))
                .containsEntry("per_second_at_p99_5_ms", 10.0)
                .containsEntry("per_second_at_p99_10_ms", 30.0)
                .containsEntry("per_second_at_p99_50_ms", 30.0)
                .containsEntry("per_second_at_p99_100_ms", 30.0);
        assertThat(LongRuns.bounds(List.of())).containsEntry("per_second_at_p99_5_ms", 0.0);
    }

    @Test
    void growthIsTheSlopeOfTheLineThroughAllSamples() {
        List<double[]> points = new ArrayList<>();
        for (int minute = 0; minute < 10; minute++) {
            points.add(new double[] {minute, 300 + 0.4 * minute + (minute % 2 == 0 ? 1 : -1)});
        }
        assertThat(LongRuns.slope(points)).isBetween(0.3, 0.5);
        assertThat(LongRuns.slope(List.of(new double[] {1, 5}))).isZero();
    }

    @Test
    void addsTheMedianOfDifferencesWithinARound() {
        Report.Row gateway = report(Map.of()).rows().get(1);

        assertThat(gateway.target()).isEqualTo(GatewayBench.GATEWAY);
        assertThat(gateway.addedP50Micros()).isEqualTo(50.0);
        assertThat(gateway.addedP99Micros()).isEqualTo(100.0);
        assertThat(gateway.p50Micros()).isEqualTo(155.0);
        assertThat(gateway.cpuMicrosPerRequest()).isEqualTo(100.0);
    }

    @Test
    void chargesFramesWithWhatAStreamCostsMoreThanJson() {
        List<Report.FrameCost> costs = report(Map.of()).frameCosts();

        // (740 - 100) microseconds over 64 frames
        assertThat(costs)
                .containsExactly(
                        new Report.FrameCost(GatewayBench.DIRECT, null),
                        new Report.FrameCost(GatewayBench.GATEWAY, 10.0));
    }

    @Test
    void isNotWholeWithAFailure() {
        assertThat(report(Map.of()).whole()).isTrue();
        assertThat(report(Map.of("status 503", 1L)).whole()).isFalse();
        assertThat(ReportTable.of(report(Map.of("status 503", 1L)))).contains("3 x status 503");
    }
}
