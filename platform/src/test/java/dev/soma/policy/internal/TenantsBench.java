package dev.soma.policy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.harness.Actors;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.Digest;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.policy.PolicyEngine;
import dev.soma.policy.PolicyEngine.Judged;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Prompt;
import dev.soma.policy.Prompt.Message;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Not part of the test run, since figures are not assertions: `./soma test TenantsBench` prints
/// what 10,000 tenants with a pack of 20 rules each, all different, cost a node: its start, a
/// judgement in one tenant and over all of them, and memory. The packs go into the database in
/// bulk, without the 10,000 signed activations; the node reads them as it reads any.
class TenantsBench {
    private static final int TENANTS = 10_000;
    private static final int RULES = 20;
    private static final int JUDGEMENTS = 200_000;
    private static final long SEED = 20261126;

    private static JsonObject pack(int tenant) {
        Random random = new Random(SEED + tenant);
        List<JsonObject> rules = new ArrayList<>();
        for (int i = 0; i < RULES; i++) {
            String phrase = "w%dx%d %d".formatted(tenant, i, random.nextInt(1_000));
            var rule = JsonValue.object().put("name", "rule-" + i).put("weight", 0);
            switch (i % 10) {
                case 8 -> rule.put("regex", phrase + " [0-9]{3}");
                case 9 -> rule.put("condition", "text.contains('%s')".formatted(phrase));
                default -> rule.put("pattern", phrase);
            }
            rules.add(rule.build());
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
                .put("rules", JsonValue.array(rules))
                .build();
    }

    private static String name(int tenant) {
        return "tenant-%05d".formatted(tenant);
    }

    private static void insert(JdbcClient jdbc) {
        String[] names = new String[TENANTS];
        String[] digests = new String[TENANTS];
        byte[][] packs = new byte[TENANTS][];
        for (int i = 0; i < TENANTS; i++) {
            names[i] = name(i);
            packs[i] = CanonicalJson.JCS.bytes(pack(i));
            digests[i] = Digest.sha256Hex(packs[i]);
        }
        jdbc.sql(
                        """
                        INSERT INTO tenant (id, organisation, decision_id)
                        SELECT t, 'bench', gen_random_uuid() FROM unnest(?::text[]) AS t
                        """)
                .param(names)
                .update();
        jdbc.sql(
                        """
                        INSERT INTO policy_pack (tenant, version, digest, pack, decision_id)
                        SELECT t, 1, d, p, gen_random_uuid() FROM unnest(?::text[], ?::text[], ?::bytea[]) AS x (t, d, p)
                        """)
                .param(names)
                .param(digests)
                .param(packs)
                .update();
    }

    private static long usedMegabytes() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return (runtime.totalMemory() - runtime.freeMemory()) >> 20;
    }

    /// @return p50 and p99 in microseconds
    private static double[] judge(PolicyEngine policy, IntSupplier tenants) {
        long[] nanos = new long[JUDGEMENTS];
        String text = "The quick brown fox reads a page about ledgers. ".repeat(6);
        for (int i = 0; i < JUDGEMENTS; i++) {
            var actor = Actors.user(name(tenants.getAsInt()), "ann", "chat");
            var request =
                    PolicyRequest.chat(
                            "model/m", "", new Prompt(List.of(new Message("user", text))));
            long before = System.nanoTime();
            var judged = policy.judge(actor, request);
            nanos[i] = System.nanoTime() - before;
            assertThat(judged).isInstanceOf(Judged.class);
        }
        Arrays.sort(nanos);
        return new double[] {
            nanos[JUDGEMENTS / 2] / 1e3, nanos[JUDGEMENTS - JUDGEMENTS / 100] / 1e3
        };
    }

    @Test
    void whatTenThousandTenantsCost() throws Exception {
        try (TestPlatform platform = TestPlatform.governed(Map.of())) {
            long empty = usedMegabytes();
            long base;
            try (TestPlatform second = platform.secondNode("bench-0")) {
                assertThat(second.gateway()).isNotEmpty();
                base = usedMegabytes() - empty;
            }
            insert(platform.bean(JdbcClient.class));
            long started = System.nanoTime();
            try (TestPlatform node = platform.secondNode("bench-1")) {
                long ready = (System.nanoTime() - started) / 1_000_000;
                long loaded = usedMegabytes() - empty - base;
                PolicyEngine policy = node.bean(PolicyEngine.class);
                Random random = new Random(SEED);
                long compiling = System.nanoTime();
                for (int i = 0; i < TENANTS; i++) {
                    int tenant = i;
                    judgeOnce(policy, tenant);
                }
                long compiled = (System.nanoTime() - compiling) / 1_000_000;
                long all = usedMegabytes() - empty - base;
                judge(policy, () -> 7);
                double[] one = judge(policy, () -> 7);
                double[] many = judge(policy, () -> random.nextInt(TENANTS));
                System.out.printf(
                        "start with %,d tenants %,d ms; first judgement of each %,d us%n",
                        TENANTS, ready, compiled * 1_000 / TENANTS);
                System.out.printf(
                        "judgement in one tenant p50 %.1f us p99 %.1f us; over all p50 %.1f us p99 %.1f us%n",
                        one[0], one[1], many[0], many[1]);
                System.out.printf(
                        "memory a tenant: %.1f KiB as stored, %.1f KiB compiled (given back when memory is short)%n",
                        loaded * 1024.0 / TENANTS, all * 1024.0 / TENANTS);
            }
        }
    }

    private static void judgeOnce(PolicyEngine policy, int tenant) {
        policy.judge(
                Actors.user(name(tenant), "ann", "chat"),
                PolicyRequest.chat("model/m", "", new Prompt(List.of(new Message("user", "hi")))));
    }
}
