package dev.soma.policy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.harness.Actors;
import dev.soma.kernel.Digest;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Prompt;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Not part of the test run, since figures are not assertions: `./soma test EvaluatorBench` prints
/// what a judgement costs with 100 and with 10,000 rules on the same mix of requests, beside
/// SHA-256
/// of 6 KB in the same run. Of the rules 70 % are phrases, 20 % expressions (half of them without
/// an
/// easy literal), 10 % conditions (four of five name their tool or a piece of text). Of the
/// requests
/// one in ten meets a rule, and every one has near misses.
class EvaluatorBench {
    private static final long SEED = 20261126;
    private static final int REQUESTS = 512;
    private static final int WARM_UP = 60;
    private static final int ROUNDS = 200;

    private final Conditions conditions = new Conditions();

    private static String word(Random random) {
        StringBuilder word = new StringBuilder();
        for (int i = 4 + random.nextInt(6); i > 0; i--) {
            word.append((char) ('a' + random.nextInt(26)));
        }
        return word.toString();
    }

    /// The rules share their first hundred, so both packs meet the same requests.
    static JsonObject pack(int rules) {
        Random random = new Random(SEED);
        List<JsonObject> list = new ArrayList<>();
        for (int i = 0; i < rules; i++) {
            var rule = JsonValue.object().put("name", "rule-" + i).put("weight", 0);
            String word = word(random) + " " + word(random);
            switch (i % 10) {
                case 7 -> rule.put("regex", word + " [0-9]{3}");
                case 8 -> rule.put("regex", i < 100 ? "[0-9]{4}-" + i : word + "s? x[0-9]");
                case 9 ->
                        rule.put(
                                "condition",
                                i % 50 == 49 && i < 100
                                        ? "characters > 100000 && messages > %d".formatted(i)
                                        : i % 20 == 9
                                                ? "tool == 'tool-%d' && risk > 0.5".formatted(i)
                                                : "text.contains('%s')".formatted(word));
                default -> rule.put("pattern", word);
            }
            list.add(rule.build());
        }
        return JsonValue.object()
                .put(
                        "permits",
                        JsonValue.array(
                                List.of(
                                        JsonValue.object()
                                                .put("action", "chat")
                                                .put("capability", "chat")
                                                .build())))
                .put("rules", JsonValue.array(list))
                .build();
    }

    static List<Prompt> prompts(JsonObject pack) {
        Random random = new Random(SEED + 1);
        List<Prompt> prompts = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            StringBuilder text = new StringBuilder();
            for (int w = 0; w < 50; w++) {
                text.append(word(random)).append(' ');
            }
            JsonObject rule = (JsonObject) pack.items("rules").get(random.nextInt(100));
            String phrase = rule.text("pattern").orElse("nothing here");
            text.append(i % 10 == 0 ? phrase : phrase.substring(0, phrase.length() - 1));
            prompts.add(new Prompt(List.of(new Prompt.Message("user", text.toString()))));
        }
        return prompts;
    }

    private record Figures(double p50, double p99, double cpuMicros) {}

    private Figures measure(int rules) throws Exception {
        RulePack pack = RulePack.compile(pack(rules), conditions);
        List<Prompt> prompts = prompts(pack(100));
        ConstitutionRules constitution = ConstitutionRules.NONE;
        long[] nanos = new long[REQUESTS * ROUNDS];
        long cpu = 0;
        long met = 0;
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            long before = ManagementFactory.getThreadMXBean().getThreadCpuTime(thread());
            for (int i = 0; i < REQUESTS; i++) {
                // Normal forms are part of a judgement's cost, so each prompt is a fresh one.
                Prompt prompt = new Prompt(prompts.get(i).messages());
                Facts facts =
                        Facts.of(
                                Actors.user("acme", "ann", "chat"),
                                PolicyRequest.chat("model/m", "", prompt),
                                Optional.of(
                                        new Tool(
                                                "tool-9",
                                                "read",
                                                OptionalLong.of(1),
                                                false,
                                                Set.of(),
                                                Set.of())),
                                1_800_000_000L);
                long start = System.nanoTime();
                met += Evaluator.evaluate(facts, constitution, pack, List.of()).violations().size();
                if (round >= 0) {
                    nanos[round * REQUESTS + i] = System.nanoTime() - start;
                }
            }
            if (round >= 0) {
                cpu += ManagementFactory.getThreadMXBean().getThreadCpuTime(thread()) - before;
            }
        }
        assertThat(met).isPositive();
        Arrays.sort(nanos);
        return new Figures(
                nanos[nanos.length / 2] / 1e3,
                nanos[(int) (nanos.length * 0.99)] / 1e3,
                cpu / 1e3 / nanos.length);
    }

    @SuppressWarnings("ThreadId") // the management bean knows threads by it
    private static long thread() {
        return Thread.currentThread().threadId();
    }

    @Test
    void whatAJudgementCosts() throws Exception {
        byte[] sixKilobytes = new byte[6 * 1024];
        long start = System.nanoTime();
        for (int i = 0; i < 50_000; i++) {
            sixKilobytes[0] = Digest.sha256(sixKilobytes)[0];
        }
        double unit = (System.nanoTime() - start) / 1e3 / 50_000;
        Figures small = measure(100);
        Figures large = measure(10_000);
        Figures smallAgain = measure(100);
        System.out.printf("SHA-256 of 6 KB: %.1f us%n", unit);
        System.out.printf("   100 rules: %s, again %s%n", small, smallAgain);
        System.out.printf("10,000 rules: %s%n", large);
        System.out.printf(
                "ratio of p50 %.2f, of p99 %.2f, of CPU %.2f%n",
                large.p50() / smallAgain.p50(),
                large.p99() / smallAgain.p99(),
                large.cpuMicros() / smallAgain.cpuMicros());
    }
}
