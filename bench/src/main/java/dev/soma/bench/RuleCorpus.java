package dev.soma.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.json.JsonMapper;

/// The same rules as a rule pack of the platform and as a policy in Rego: of ten rules seven are
/// phrases, two regular expressions, one a condition about a tool. Of the questions one in ten
/// meets a rule, the others miss one by a letter. By seed.
final class RuleCorpus {
    private final List<Map<String, Object>> rules = new ArrayList<>();
    private final StringBuilder rego = new StringBuilder("package bench\n\nimport rego.v1\n\n");
    private final List<Question> questions = new ArrayList<>();

    /// @param tool the tool that it is about; empty for none
    record Question(String prompt, String tool) {
        String toEvaluate() {
            Map<String, Object> body = new LinkedHashMap<>(Map.of("prompt", prompt));
            if (!tool.isEmpty()) {
                body.put("metadata", Map.of("tool", tool, "action", "chat"));
            }
            return JsonMapper.shared().writeValueAsString(body);
        }

        String toOpa() {
            return JsonMapper.shared()
                    .writeValueAsString(Map.of("input", Map.of("prompt", prompt, "tool", tool)));
        }
    }

    RuleCorpus(int count, int asked, long seed) {
        Random random = new Random(seed);
        List<String> phrases = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String phrase = word(random) + " " + word(random);
            phrases.add(phrase);
            add(i, phrase);
        }
        for (int i = 0; i < asked; i++) {
            StringBuilder text = new StringBuilder();
            for (int w = 0; w < 50; w++) {
                text.append(word(random)).append(' ');
            }
            String phrase = phrases.get(random.nextInt(count));
            text.append(i % 10 == 0 ? phrase + " 123" : phrase.substring(0, phrase.length() - 1));
            questions.add(new Question(text.toString(), i % 5 == 0 ? "tool-9" : ""));
        }
    }

    private static String word(Random random) {
        StringBuilder word = new StringBuilder();
        for (int i = 4 + random.nextInt(6); i > 0; i--) {
            word.append((char) ('a' + random.nextInt(26)));
        }
        return word.toString();
    }

    private void add(int index, String phrase) {
        String name = "rule-" + index;
        Map<String, Object> rule = new LinkedHashMap<>(Map.of("name", name, "weight", 0));
        String body;
        switch (index % 10) {
            case 7, 8 -> {
                rule.put("regex", phrase + " [0-9]{3}");
                body = "regex.match(`%s [0-9]{3}`, text)".formatted(phrase);
            }
            case 9 -> {
                rule.put(
                        "condition",
                        "tool == 'tool-%d' && text.contains('%s')".formatted(index, phrase));
                body =
                        "input.tool == \"tool-%d\"\n\tcontains(text, \"%s\")"
                                .formatted(index, phrase);
            }
            default -> {
                rule.put("pattern", phrase);
                body = "contains(text, \"%s\")".formatted(phrase);
            }
        }
        rules.add(rule);
        rego.append(
                "deny contains \"%s\" if {\n\ttext := lower(input.prompt)\n\t%s\n}\n\n"
                        .formatted(name, body));
    }

    /// For `PUT /v1/policies/{tenant}`.
    Map<String, Object> pack() {
        return Map.of(
                "permits", List.of(Map.of("action", "chat", "capability", "chat")), "rules", rules);
    }

    String rego() {
        return rego.toString();
    }

    List<Question> questions() {
        return questions;
    }
}
