package dev.soma.policy.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.soma.harness.SharedPlatform;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.replay.Outcome;
import dev.soma.replay.Outcome.Part;
import dev.soma.replay.Replay;
import dev.soma.verifier.VerifierKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Receipts of real decisions, judged again by who does not trust the platform.
@ExtendWith(SharedPlatform.class)
class ReceiptReplayIntegrationTests {
    private static final JsonMapper JSON = new JsonMapper();
    private static TestPlatform platform;
    private static VerifierKey key;
    private static final List<String> RECEIPTS = new ArrayList<>();

    @BeforeAll
    static void decide() throws Exception {
        platform = SharedPlatform.platform();
        key =
                VerifierKey.parse(
                        Files.readString(platform.folder().resolve("node/audit.vkey")).strip());
        String alice = platform.tenant("replayed");
        platform.pack(
                "replayed",
                """
                {"permits":[{"action":"chat","capability":"chat"},{"action":"tool.call","capability":"chat"}],
                 "rules":[
                  {"name":"no-acme","pattern":"acme","article":"T.1","weight":0.25},
                  {"name":"card","regex":"card [0-9]{4}","effect":"redact"},
                  {"name":"wire","pattern":"wire money","effect":"review","weight":0.000001},
                  {"name":"broken","condition":"texts[3] == 'x'","actions":["tool.call"]},
                  {"name":"few","sequence":{"kind":"count","scope":"user","within_seconds":3600,"max":3,"when":"text.contains('order')"}}
                 ]}
                """);
        for (String prompt :
                List.of(
                        "hello",
                        "about \\u0410CME and acme",
                        "card 1234 and card 9876",
                        "please wire money",
                        "write ransomware",
                        "order 1",
                        "order 2",
                        "order 3",
                        "order 4",
                        "\\u202eacme\\u200b stra\\u00dfe \\ud83d\\ude02")) {
            JsonObject place =
                    TestPlatform.json(
                                    TestPlatform.ok(
                                            platform.post(
                                                    "/v1/evaluate",
                                                    alice,
                                                    "{\"session_id\":\"s\",\"prompt\":\"%s\",\"metadata\":{\"n\":1.5}}"
                                                            .formatted(prompt))))
                            .object("receipt")
                            .orElseThrow();
            keep(
                    alice,
                    place.text("log_origin").orElseThrow()
                            + "/"
                            + ((JsonInteger) place.get("log_index").orElseThrow()).value());
        }
        TestPlatform.ok(
                platform.post("/v1/evaluate", alice, "{\"metadata\":{\"tool\":\"unknown\"}}"));
        String turn =
                TestPlatform.ok(
                                platform.post(
                                        "/v1/chat/completions",
                                        alice,
                                        "{\"model\":\"scripted/scripted\",\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"card 5555\"}]}"))
                        .headers()
                        .firstValue("X-Decision-Id")
                        .orElseThrow();
        keep(alice, place(turn));
    }

    private static String place(String decision) throws Exception {
        String path = "/v1/decisions?tenant=replayed&limit=50";
        await().atMost(Duration.ofSeconds(10))
                .until(
                        () -> {
                            for (JsonNode item :
                                    JSON.readTree(platform.get(path, platform.adminKey()).body())
                                            .path("items")) {
                                if (item.path("decision_id").stringValue().equals(decision)) {
                                    return item.has("log_index");
                                }
                            }
                            return false;
                        });
        for (JsonNode item :
                JSON.readTree(platform.get(path, platform.adminKey()).body()).path("items")) {
            if (item.path("decision_id").stringValue().equals(decision)) {
                return item.path("log_origin").stringValue() + "/" + item.path("log_index");
            }
        }
        throw new AssertionError("the decision is gone");
    }

    private static void keep(String credential, String place) throws Exception {
        RECEIPTS.add(TestPlatform.ok(platform.get("/v1/receipts/" + place, credential)).body());
    }

    private static Outcome check(String receipt) {
        return Replay.check(receipt.getBytes(StandardCharsets.UTF_8), key);
    }

    @Test
    void everyDecisionReplaysToTheSameBytes() {
        long started = System.nanoTime();
        List<String> words = new ArrayList<>();
        for (String receipt : RECEIPTS) {
            Outcome outcome = check(receipt);
            assertThat(outcome).as(receipt).isInstanceOf(Outcome.Valid.class);
            words.add(((Outcome.Valid) outcome).word());
        }
        System.out.printf(
                "%d receipts in %d ms%n",
                RECEIPTS.size(), (System.nanoTime() - started) / 1_000_000);
        assertThat(words)
                .containsExactly(
                        "allow", "deny", "allow", "review", "deny", "allow", "allow", "allow",
                        "deny", "deny", "allow");
    }

    @Test
    void anyByteThatIsFlippedIsFoundAndItsPartIsNamed() {
        long seed = Long.getLong("soma.seed", new Random().nextLong());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        Map<String, List<Part>> blamed =
                Map.of(
                        "entry", List.of(Part.PROOF),
                        "input", List.of(Part.INPUT),
                        "pack", List.of(Part.PACK),
                        "constitution", List.of(Part.CONSTITUTION),
                        "checkpoint", List.of(Part.CHECKPOINT));
        for (String receipt : RECEIPTS) {
            blamed.forEach(
                    (member, parts) -> {
                        for (int i = 0; i < 20; i++) {
                            ObjectNode changed = (ObjectNode) JSON.readTree(receipt);
                            String flipped = flip(changed, member, random);
                            Outcome outcome = check(changed.toString());
                            if (!member.equals("constitution") || flipped.contains("document")) {
                                assertThat(outcome)
                                        .as("%s, seed %d, %s", member, seed, flipped)
                                        .isInstanceOfSatisfying(
                                                Outcome.Invalid.class,
                                                invalid -> assertThat(invalid.part()).isIn(parts));
                            }
                        }
                    });
            ObjectNode lighter = (ObjectNode) JSON.readTree(receipt);
            ((ObjectNode) lighter.path("taxonomy")).remove("weapons");
            assertThat(check(lighter.toString()))
                    .isInstanceOfSatisfying(
                            Outcome.Invalid.class,
                            invalid -> assertThat(invalid.part()).isEqualTo(Part.TAXONOMY));
            ObjectNode changed = (ObjectNode) JSON.readTree(receipt);
            if (!changed.path("proof").isEmpty()) {
                byte[] hash =
                        Base64.getDecoder().decode(changed.path("proof").get(0).stringValue());
                hash[random.nextInt(32)] ^= 1;
                ((tools.jackson.databind.node.ArrayNode) changed.path("proof"))
                        .set(0, changed.stringNode(Base64.getEncoder().encodeToString(hash)));
                assertThat(check(changed.toString()))
                        .isInstanceOfSatisfying(
                                Outcome.Invalid.class,
                                invalid -> assertThat(invalid.part()).isEqualTo(Part.PROOF));
            }
        }
    }

    /// @return says whether the signed document was hit; the signatures beside it are another
    /// verifier's to check
    private static String flip(ObjectNode receipt, String member, Random random) {
        if (member.equals("checkpoint")) {
            StringBuilder note = new StringBuilder(receipt.path(member).stringValue());
            int at = random.nextInt(note.indexOf("\n\n"));
            note.setCharAt(at, (char) (note.charAt(at) ^ 1));
            receipt.put(member, note.toString());
            return "note at " + at;
        }
        byte[] bytes = Base64.getDecoder().decode(receipt.path(member).stringValue());
        int at = random.nextInt(bytes.length);
        if (member.equals("constitution")) {
            String file = new String(bytes, StandardCharsets.UTF_8);
            int begin = file.indexOf("\"document\":") + 12;
            at = begin + random.nextInt(file.indexOf(",\"signatures\"") - begin - 1);
        }
        bytes[at] ^= 1;
        receipt.put(member, Base64.getEncoder().encodeToString(bytes));
        return "document at " + at;
    }

    @Test
    void anotherKeyAnotherIndexOrMoreThanAReceiptIsNotValid() throws Exception {
        String receipt = RECEIPTS.getFirst();
        ObjectNode moved = (ObjectNode) JSON.readTree(receipt);
        moved.put("index", moved.path("index").longValue() + 1);
        assertThat(check(moved.toString())).isInstanceOf(Outcome.Invalid.class);
        ObjectNode more = (ObjectNode) JSON.readTree(receipt);
        more.put("surprise", 1);
        assertThat(check(more.toString())).isInstanceOf(Outcome.Invalid.class);
        ObjectNode erased = (ObjectNode) JSON.readTree(receipt);
        erased.remove("input");
        assertThat(check(erased.put("input_missing", "erased_or_expired").toString()))
                .isInstanceOf(Outcome.DigestsOnly.class);
        for (String garbage : List.of("", "{", "[]", "null", "{\"v\":1}", "{\"v\":1,\"v\":1}")) {
            assertThat(check(garbage)).as(garbage).isInstanceOf(Outcome.Invalid.class);
        }
    }

    @Test
    void garbageIsNeverAnException() {
        long seed = Long.getLong("soma.seed", new Random().nextLong());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        byte[] good = RECEIPTS.get(2).getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 2_000; i++) {
            byte[] bad = good.clone();
            for (int j = random.nextInt(6); j >= 0; j--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            assertThat(Replay.check(bad, key)).isNotNull();
        }
    }
}
