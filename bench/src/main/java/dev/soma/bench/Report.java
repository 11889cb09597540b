package dev.soma.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// What a bench run found: medians over the rounds, and added time as the median of differences to
/// the direct run of the same round.
record Report(
        Machine machine,
        List<Double> loadAverageAfter,
        List<String> warnings,
        Plan plan,
        Quantiles appendAndSync,
        List<Measured> measured,
        List<Paced> paced,
        List<LongRuns.Found> longRuns) {
    Report {
        longRuns = List.copyOf(longRuns);
        loadAverageAfter = List.copyOf(loadAverageAfter);
        warnings = List.copyOf(warnings);
        measured = List.copyOf(measured);
        paced = List.copyOf(paced);
    }

    record Measured(String lane, String target, int round, LaneResult result) {}

    /// @param kept no frame was lost and the gap's p99 stayed within 100 ms
    record Paced(String target, int streams, boolean kept, LaneResult result) {}

    record Row(
            String lane,
            String target,
            long requests,
            Map<String, Long> failures,
            long framesLost,
            double perSecond,
            double p50Micros,
            double p99Micros,
            @Nullable Double addedP50Micros,
            @Nullable Double addedP99Micros,
            @Nullable Double cpuMicrosPerRequest,
            @Nullable Double jitMicrosPerRequest) {}

    /// @param cpuMicrosPerFrame CPU of a streamed answer less that of the JSON answer, over its
    /// frames
    record FrameCost(String target, @Nullable Double cpuMicrosPerFrame) {}

    Report with(List<LongRuns.Found> found) {
        return new Report(
                machine, loadAverageAfter, warnings, plan, appendAndSync, measured, paced, found);
    }

    /// Whether every answer was whole and, up to the last number of streams that held, no frame was
    /// lost.
    boolean whole() {
        return measured.stream().allMatch(m -> m.result.failed() == 0 && m.result.framesLost() == 0)
                && paced.stream()
                        .allMatch(p -> p.result.framesLost() == 0 && p.result.failed() == 0);
    }

    List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (Lane lane : plan.lanes()) {
            for (String target : targets()) {
                rows.add(row(lane.name(), target));
            }
        }
        return rows;
    }

    List<String> targets() {
        return measured.stream()
                .map(Measured::target)
                .distinct()
                .sorted(Report::directFirst)
                .toList();
    }

    private static int directFirst(String a, String b) {
        return Integer.compare(rank(a), rank(b));
    }

    private static int rank(String target) {
        return target.equals(GatewayBench.DIRECT) ? 0 : target.equals(GatewayBench.GATEWAY) ? 1 : 2;
    }

    private Row row(String lane, String target) {
        List<LaneResult> results = of(lane, target);
        Map<String, Long> failures = new TreeMap<>();
        results.forEach(
                result ->
                        result.failures()
                                .forEach((reason, n) -> failures.merge(reason, n, Long::sum)));
        boolean direct = target.equals(GatewayBench.DIRECT);
        List<LaneResult> base = of(lane, GatewayBench.DIRECT);
        List<Double> p50 = new ArrayList<>();
        List<Double> p99 = new ArrayList<>();
        for (int i = 0; i < results.size() && !direct; i++) {
            p50.add(results.get(i).latency().p50Micros() - base.get(i).latency().p50Micros());
            p99.add(results.get(i).latency().p99Micros() - base.get(i).latency().p99Micros());
        }
        return new Row(
                lane,
                target,
                results.stream().mapToLong(LaneResult::requests).sum(),
                failures,
                results.stream().mapToLong(LaneResult::framesLost).sum(),
                Quantiles.median(results, LaneResult::perSecond),
                Quantiles.median(results, r -> r.latency().p50Micros()),
                Quantiles.median(results, r -> r.latency().p99Micros()),
                direct ? null : Quantiles.median(p50, Double::doubleValue),
                direct ? null : Quantiles.median(p99, Double::doubleValue),
                cpu(results),
                median(results, LaneResult::jitMicrosPerRequest));
    }

    private static @Nullable Double cpu(List<LaneResult> results) {
        return median(results, LaneResult::cpuMicrosPerRequest);
    }

    private static @Nullable Double median(
            List<LaneResult> results, Function<LaneResult, @Nullable Double> figure) {
        List<Double> known = new ArrayList<>();
        for (LaneResult result : results) {
            Double each = figure.apply(result);
            if (each != null) {
                known.add(each);
            }
        }
        return known.isEmpty() ? null : Quantiles.median(known, Double::doubleValue);
    }

    private List<LaneResult> of(String lane, String target) {
        return measured.stream()
                .filter(m -> m.lane.equals(lane) && m.target.equals(target))
                .map(Measured::result)
                .toList();
    }

    List<FrameCost> frameCosts() {
        return targets().stream()
                .map(
                        target -> {
                            Double stream = cpu(of("sse-c16", target));
                            Double json = cpu(of("json-c16", target));
                            return new FrameCost(
                                    target,
                                    stream == null || json == null
                                            ? null
                                            : (stream - json) / Plan.FRAMES);
                        })
                .toList();
    }

    byte[] json() {
        JsonMapper json =
                JsonMapper.builder()
                        .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                        .enable(SerializationFeature.INDENT_OUTPUT)
                        .build();
        return json.writeValueAsBytes(
                new Document(
                        machine,
                        loadAverageAfter,
                        warnings,
                        plan,
                        appendAndSync,
                        rows(),
                        new Streaming(frameCosts(), paced, measured, whole()),
                        longRuns));
    }

    record Streaming(
            List<FrameCost> cpuPerFrame, List<Paced> paced, List<Measured> rounds, boolean whole) {}

    record Document(
            Machine machine,
            List<Double> loadAverageAfter,
            List<String> warnings,
            Plan plan,
            Quantiles appendAndSync,
            List<Row> lanes,
            Streaming streaming,
            List<LongRuns.Found> longRuns) {}
}
