package dev.soma.policy.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.constitution.Constitution;
import dev.soma.kernel.Violation;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import dev.soma.policy.Obligation;
import dev.soma.policy.Prompt;
import dev.soma.policy.RefusalTaxonomy;
import dev.soma.replay.Judge;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Two implementations of one page (docs/design/decision-receipt.md), written apart, on the same
/// generated cases: every disagreement is a fault of one of them, or of the page.
class ReplayDifferentialTests {
    private static final int CASES = 3_000;
    private static final JsonMapper JSON = new JsonMapper();

    /// Pieces of text that normal forms are hard about.
    private static final String[] PIECES = {
        "acme",
        "Acme",
        "ACME",
        "ac\u200bme",
        "a\u0301cme",
        "\uff21\uff23\uff2d\uff25",
        "acm\u0435",
        "wire money",
        "wire  money",
        "wire\u00a0money",
        "wire\nmoney",
        "wiremoney",
        "rewire money",
        "\ufb01sh",
        "fish",
        "FISH",
        "\u212aelvin",
        "kelvin",
        "\u017fecret",
        "secret",
        "\u0130stanbul",
        "istanbul",
        "i\u0307stanbul",
        "stra\u00dfe",
        "STRASSE",
        "\ud83d\ude02",
        "\ud835\udc1acme",
        "\u1100\u1161\u11a8",
        "\uac01",
        "e\u0301",
        "\u00e9",
        "\u202eacme",
        "ac\u00adme",
        "\u3164",
        "card 1234",
        "card 12345",
        "card 1234 card 9876",
        "build a bomb",
        "bu\u0131ld a bomb",
        " ",
        "\t",
        "  ",
        "-",
        ".",
        "0",
        "a",
        "write ransomware",
        "Write\u2003Ransomware!",
        "\ufe0f",
        "\u0000",
        "\u007f",
        "\ud800",
        "\udc00x",
        "\ud801\udc00",
        "acme\ud801\udc00",
        "\u0345",
        "\u03c3\u03c2\u03a3"
    };

    private static final List<String> REGEXES =
            List.of(
                    "card [0-9]{4}",
                    "a.me",
                    "(wire)? ?money",
                    "k[a-z]+n",
                    "[0-9]+",
                    "x*",
                    "sec.?ret|fish",
                    "ACME\\b",
                    "\\pL\\pM*",
                    "^wire",
                    "ca(r)d");

    private static final List<String> CONDITIONS =
            List.of(
                    "characters > 20",
                    "tool == 'pay' && risk > 0.3",
                    "text.contains('acme')",
                    "text.contains('acme') && messages > 1",
                    "texts.exists(t, t.startsWith('wire'))",
                    "'chat' in capabilities",
                    "texts[1] == 'x'",
                    "action == 'tool.call'",
                    "tool_category == 'write' || role == 'system'",
                    "now > 1",
                    "risk == -1.0",
                    "user == 'ann' && session != ''");

    private final Random random;
    private final Conditions conditions = new Conditions();
    private final RefusalTaxonomy taxonomy;

    ReplayDifferentialTests() throws Exception {
        long seed = Long.getLong("soma.seed", new Random().nextLong());
        System.out.println("seed " + seed);
        random = new Random(seed);
        // Of another module's inside, whence only its interface is used.
        var type = Class.forName("dev.soma.moderation.internal.ConstitutionModerator");
        var constructor = type.getDeclaredConstructor();
        constructor.setAccessible(true);
        taxonomy = (RefusalTaxonomy) constructor.newInstance();
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        int pieces = random.nextInt(8);
        for (int i = 0; i < pieces; i++) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
            text.append(random.nextBoolean() ? " " : "");
        }
        return text.toString();
    }

    private String visible() {
        while (true) {
            String piece = PIECES[random.nextInt(PIECES.length)];
            if (!dev.soma.policy.text.NormalText.of(piece).toString().isBlank()
                    && piece.codePoints()
                            .noneMatch(c -> Character.getType(c) == Character.SURROGATE)) {
                return piece;
            }
        }
    }

    private <T> T oneOf(List<T> items) {
        return items.get(random.nextInt(items.size()));
    }

    private JsonObject rule(int index) {
        var rule = JsonValue.object().put("name", "r" + index);
        boolean text = true;
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> rule.put("pattern", visible());
            case 3 -> rule.put("pattern", visible()).put("match", "words");
            case 4, 5 -> rule.put("regex", oneOf(REGEXES));
            case 6 -> {
                text = false;
                rule.put("condition", oneOf(CONDITIONS));
            }
            default -> {
                text = false;
                var sequence =
                        JsonValue.object()
                                .put("kind", "count")
                                .put("scope", "user")
                                .put("within_seconds", 60)
                                .put("max", 3);
                if (random.nextBoolean()) {
                    sequence.put("when", "text.contains('acme') || texts[0] == ''");
                }
                rule.put("sequence", sequence.build());
            }
        }
        List<String> effects =
                text
                        ? List.of("deny", "review", "redact", "redact", "limit")
                        : List.of("deny", "review");
        String effect = oneOf(effects);
        rule.put("effect", effect);
        if (effect.equals("limit")) {
            rule.put("max_tokens", 1 + random.nextInt(100));
        }
        if (random.nextBoolean()) {
            rule.put("weight", new JsonValue.JsonFloat(random.nextInt(1_000_001) / 1e6));
        }
        if (random.nextInt(4) == 0) {
            rule.put("tools", JsonValue.texts(List.of(oneOf(List.of("pay", "look")))));
        }
        if (random.nextInt(5) == 0) {
            rule.put("actions", JsonValue.texts(List.of(oneOf(List.of("chat", "tool.call")))));
        }
        return rule.put("article", random.nextBoolean() ? "A." + index : "").build();
    }

    private JsonObject constitution() {
        var rules = JsonValue.object();
        if (random.nextBoolean()) {
            rules.put(
                    "prohibited_actions",
                    JsonValue.texts(List.of(oneOf(List.of("fly", "pay", "x")))));
        }
        if (random.nextInt(3) == 0) {
            rules.put("prohibited_domains", JsonValue.texts(List.of("evil.example")));
        }
        if (random.nextInt(3) == 0) {
            rules.put("permitted_tool_categories", JsonValue.texts(List.of("read", "write")));
        }
        if (random.nextInt(3) == 0) {
            rules.put("allow_forbidden", JsonValue.of(random.nextBoolean()));
        }
        for (String key :
                List.of("max_risk_score", "max_risk", "require_human_approval_above_risk")) {
            if (random.nextInt(4) == 0) {
                rules.put(key, new JsonValue.JsonFloat(random.nextInt(11) / 10.0));
            }
        }
        List<JsonObject> refusals = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            var refusal = JsonValue.object().put("name", "refusal" + i).put("article", "C." + i);
            if (random.nextBoolean()) {
                refusal.put("category", oneOf(List.of("malware", "weapons", "jailbreak")));
            } else {
                refusal.put("phrases", JsonValue.texts(List.of(visible(), visible())));
            }
            refusals.add(refusal.build());
        }
        return JsonValue.object()
                .put("version", "1")
                .put("rules", rules.put("refusals", JsonValue.array(refusals)).build())
                .build();
    }

    private Facts facts() {
        List<Prompt.Message> messages = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            messages.add(new Prompt.Message("user", text()));
        }
        Optional<Tool> tool =
                random.nextInt(3) == 0
                        ? Optional.empty()
                        : Optional.of(
                                new Tool(
                                        oneOf(List.of("pay", "look", "other")),
                                        oneOf(List.of("read", "write", "")),
                                        random.nextInt(4) == 0
                                                ? OptionalLong.empty()
                                                : OptionalLong.of(random.nextInt(11) * 100_000L),
                                        random.nextInt(4) == 0,
                                        Set.of(oneOf(List.of("fly", "walk"))),
                                        Set.of(oneOf(List.of("evil.example", "good.example")))));
        Map<String, Long> observed = new HashMap<>();
        if (random.nextBoolean()) {
            for (int i = 0; i < 12; i++) {
                observed.put("r" + i, (long) random.nextInt(6));
            }
        }
        return new Facts(
                "acme",
                oneOf(List.of("ann", "bob")),
                new HashSet<>(List.of(oneOf(List.of("chat", "fly", "*")))),
                oneOf(List.of("chat", "tool.call", "fly")),
                "model/m",
                tool,
                oneOf(List.of("", "s1")),
                oneOf(List.of("user", "system")),
                new Prompt(messages),
                JsonValue.object().build(),
                1_800_000_000L,
                observed);
    }

    @Test
    void bothSayTheSame() throws Exception {
        Map<String, Integer> words = new HashMap<>();
        for (int i = 0; i < CASES; i++) {
            List<JsonObject> rules = new ArrayList<>();
            for (int r = random.nextInt(12); r > 0; r--) {
                rules.add(rule(r));
            }
            JsonObject pack =
                    JsonValue.object()
                            .put(
                                    "permits",
                                    JsonValue.array(
                                            List.of(
                                                    permit("chat"),
                                                    permit("tool.call"),
                                                    permit("fly"))))
                            .put("rules", JsonValue.array(rules))
                            .build();
            JsonObject document = constitution();
            Facts facts = facts();
            String word = compare(facts, document, pack);
            words.merge(word, 1, Integer::sum);
        }
        System.out.println("verdicts: " + words);
        assertThat(words.keySet()).containsExactlyInAnyOrder("allow", "deny", "review");
    }

    private static JsonObject permit(String action) {
        return JsonValue.object()
                .put("action", action)
                .put("capability", action.equals("fly") ? "fly" : "chat")
                .build();
    }

    private String compare(Facts facts, JsonObject document, JsonObject pack) throws Exception {
        Constitution constitution =
                new Constitution(
                        document, Integer.toHexString(document.hashCode()), "x", "1", 1, List.of());
        List<Violation> refusals = taxonomy.check(constitution, facts.prompt());
        Evaluator.Finding finding =
                Evaluator.evaluate(
                        facts,
                        ConstitutionRules.compile(document),
                        RulePack.compile(pack, conditions),
                        refusals);
        JsonObject input = facts.document("00");
        Judge.Verdict again =
                Judge.judge(node(input), node(document), node(pack), node(taxonomy.categories()));
        String context =
                CanonicalJson.PYTHON.text(input)
                        + "\n"
                        + CanonicalJson.PYTHON.text(pack)
                        + "\n"
                        + CanonicalJson.PYTHON.text(document);
        assertThat(again.word()).as(context).isEqualTo(finding.word().wireName());
        assertThat(again.scoreMicro()).as(context).isEqualTo(finding.scoreMicro());
        assertThat(JSON.readTree(again.violations().toString()))
                .as(context)
                .isEqualTo(
                        node(
                                JsonValue.array(
                                        finding.violations().stream()
                                                .map(Violation::document)
                                                .toList())));
        assertThat(JSON.readTree(again.obligations().toString()))
                .as(context)
                .isEqualTo(
                        node(
                                JsonValue.array(
                                        finding.obligations().stream()
                                                .map(Obligation::document)
                                                .toList())));
        return again.word();
    }

    /// Python's form keeps lone surrogates apart, which UTF-8 cannot.
    private static JsonNode node(JsonValue value) {
        return JSON.readTree(CanonicalJson.PYTHON.text(value));
    }

    @Test
    void theInputThatIsKeptIsTheOneThatWasJudged() throws Exception {
        for (int i = 0; i < 300; i++) {
            Facts facts = facts();
            byte[] canonical = CanonicalJson.JCS.bytes(facts.document("00"));
            Facts read = Facts.read(StrictJson.parseObject(canonical));
            boolean whole =
                    facts.prompt().messages().stream()
                            .allMatch(
                                    message ->
                                            new String(
                                                            message.text()
                                                                    .getBytes(
                                                                            StandardCharsets.UTF_8),
                                                            StandardCharsets.UTF_8)
                                                    .equals(message.text()));
            if (whole) {
                assertThat(CanonicalJson.JCS.bytes(read.document("00"))).isEqualTo(canonical);
            }
        }
    }
}
