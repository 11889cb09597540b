package dev.soma.moderation.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.constitution.Constitution;
import dev.soma.harness.TestKeys;
import dev.soma.kernel.Violation;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.policy.Prompt;
import dev.soma.policy.Prompt.Message;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The refusals that ship, held to a corpus: what it says they find they find, and every semantic
/// change of one of them changes what is found.
class ShippedRefusalsTests {
    /// One refusal, taken apart.
    private record Refusal(String name, String article, List<String> phrases) {
        JsonObject document() {
            return JsonValue.object()
                    .put("name", name)
                    .put("article", article)
                    .put("phrases", JsonValue.texts(phrases))
                    .build();
        }

        Refusal with(List<String> others) {
            return new Refusal(name, article, others);
        }
    }

    private record Example(String expected, String text) {}

    private static List<Example> corpus() throws Exception {
        List<Example> examples = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("src/test/resources/corpus/refusals.txt"))) {
            if (!line.startsWith("#")) {
                String[] parts = line.split("\\|", 3);
                examples.add(new Example(parts[0] + "|" + parts[1], parts[2]));
            }
        }
        return examples;
    }

    /// The shipped refusals with their categories written out as phrases.
    private static List<Refusal> shipped() throws Exception {
        JsonObject categories = Refusals.categories();
        List<Refusal> refusals = new ArrayList<>();
        for (JsonValue item : TestKeys.shipped().object("rules").orElseThrow().items("refusals")) {
            JsonObject entry = (JsonObject) item;
            List<String> phrases =
                    new ArrayList<>(categories.texts(entry.text("category").orElse("")));
            phrases.addAll(entry.texts("phrases"));
            refusals.add(
                    new Refusal(
                            entry.text("name").orElseThrow(),
                            entry.text("article").orElseThrow(),
                            phrases));
        }
        return refusals;
    }

    private static String found(JsonObject document, String text) {
        Constitution constitution =
                new Constitution(
                        document,
                        String.valueOf(CanonicalJson.JCS.text(document)),
                        "sha3-512",
                        "1",
                        1,
                        List.of());
        List<Violation> violations =
                new ConstitutionModerator()
                        .check(constitution, new Prompt(List.of(new Message("user", text))));
        return violations.isEmpty()
                ? "|"
                : violations.getFirst().rule()
                        + "|"
                        + violations.getFirst().article()
                        + (violations.size() > 1 ? "|more" : "");
    }

    private static JsonObject document(List<Refusal> refusals) {
        return JsonValue.object()
                .put(
                        "rules",
                        JsonValue.object()
                                .put(
                                        "refusals",
                                        JsonValue.array(
                                                refusals.stream().map(Refusal::document).toList()))
                                .build())
                .build();
    }

    private static boolean holds(JsonObject document, List<Example> corpus) {
        return corpus.stream()
                .allMatch(example -> found(document, example.text()).equals(example.expected()));
    }

    @Test
    void theCorpusIsJudgedAsItSays() throws Exception {
        JsonObject shipped = TestKeys.shipped();
        assertThat(corpus())
                .hasSizeGreaterThan(45)
                .allSatisfy(
                        example ->
                                assertThat(found(shipped, example.text()))
                                        .as(example.text())
                                        .isEqualTo(example.expected()));
        assertThat(holds(document(shipped()), corpus())).as("written out").isTrue();
    }

    @Test
    void everySemanticChangeOfARefusalIsNoticed() throws Exception {
        List<Example> corpus = corpus();
        Map<String, List<Refusal>> mutants = new LinkedHashMap<>();
        List<Refusal> shipped = shipped();
        for (int at = 0; at < shipped.size(); at++) {
            Refusal refusal = shipped.get(at);
            mutants.put("without " + refusal.name(), replaced(shipped, at, null));
            mutants.put(
                    refusal.name() + " cites another article",
                    replaced(shipped, at, new Refusal(refusal.name(), "IX.9", refusal.phrases())));
            mutants.put(
                    refusal.name() + " under another name",
                    replaced(shipped, at, new Refusal("x", refusal.article(), refusal.phrases())));
            for (int i = 0; i < refusal.phrases().size(); i++) {
                mutatePhrase(shipped, at, i, mutants);
            }
        }
        List<String> survivors =
                mutants.entrySet().stream()
                        .filter(mutant -> holds(document(mutant.getValue()), corpus))
                        .map(Map.Entry::getKey)
                        .toList();
        System.out.printf("%d mutants of the shipped refusals%n", mutants.size());
        assertThat(mutants).hasSizeGreaterThan(150);
        assertThat(survivors).isEmpty();
    }

    private static void mutatePhrase(
            List<Refusal> shipped, int at, int index, Map<String, List<Refusal>> mutants) {
        Refusal refusal = shipped.get(at);
        String phrase = refusal.phrases().get(index);
        Map<String, String> changed =
                Map.of(
                        "without its first letter",
                        phrase.substring(1),
                        "without its last letter",
                        phrase.substring(0, phrase.length() - 1),
                        "with a letter more",
                        phrase + "x",
                        "with another first letter",
                        "z" + phrase.substring(1));
        changed.forEach(
                (how, text) -> {
                    List<String> phrases = new ArrayList<>(refusal.phrases());
                    phrases.set(index, text);
                    mutants.put(
                            "'%s' %s".formatted(phrase, how),
                            replaced(shipped, at, refusal.with(phrases)));
                });
        List<String> without = new ArrayList<>(refusal.phrases());
        without.remove(index);
        mutants.put("without '%s'".formatted(phrase), replaced(shipped, at, refusal.with(without)));
    }

    private static List<Refusal> replaced(List<Refusal> all, int at, @Nullable Refusal by) {
        List<Refusal> others = new ArrayList<>(all);
        if (by == null) {
            others.remove(at);
        } else {
            others.set(at, by);
        }
        return others;
    }
}
