package dev.soma.moderation.internal;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.policy.text.PhraseSearch;
import dev.soma.policy.text.PhraseSearch.Phrase;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// `rules.refusals` of a constitution, compiled: each entry `{name, article, category | phrases}`
/// refuses either a
/// category of the shipped taxonomy or its own phrases. Immutable.
///
/// @param owners for each phrase of the search, the entry it belongs to
record Refusals(List<Entry> owners, PhraseSearch search) {
    private static final int MAX_PHRASES = 10_000;
    private static final Set<String> MEMBERS = Set.of("name", "article", "category", "phrases");
    private static final Map<String, List<String>> TAXONOMY = loadTaxonomy();

    record Entry(String name, String article) {}

    /// @throws MalformedJson naming the entry that cannot be enforced
    static Refusals compile(JsonObject document) throws MalformedJson {
        List<Entry> owners = new ArrayList<>();
        List<Phrase> phrases = new ArrayList<>();
        JsonObject rules = document.object("rules").orElse(JsonValue.object().build());
        for (JsonValue item : rules.items("refusals")) {
            if (!(item instanceof JsonObject entry)) {
                throw new MalformedJson("an entry of 'rules.refusals' is not an object");
            }
            Entry owner = owner(entry);
            for (String phrase : phrasesOf(owner, entry)) {
                owners.add(owner);
                phrases.add(phrase(owner, phrase));
            }
        }
        if (phrases.size() > MAX_PHRASES) {
            throw new MalformedJson(
                    "'rules.refusals' has more than %d phrases".formatted(MAX_PHRASES));
        }
        return new Refusals(List.copyOf(owners), new PhraseSearch(phrases));
    }

    /// The shipped phrases of each category.
    static JsonObject categories() {
        var categories = JsonValue.object();
        TAXONOMY.forEach((name, phrases) -> categories.put(name, JsonValue.texts(phrases)));
        return categories.build();
    }

    private static Entry owner(JsonObject entry) throws MalformedJson {
        String name = entry.text("name").orElse("");
        String article = entry.text("article").orElse("");
        if (name.isEmpty() || article.isEmpty()) {
            throw new MalformedJson("an entry of 'rules.refusals' lacks its 'name' or 'article'");
        }
        if (!MEMBERS.containsAll(entry.members().keySet())) {
            throw new MalformedJson(
                    "unknown_enforcement_key: the refusal '%s' has a member that nothing enforces"
                            .formatted(name));
        }
        return new Entry(name, article);
    }

    private static List<String> phrasesOf(Entry owner, JsonObject entry) throws MalformedJson {
        List<String> own = entry.texts("phrases");
        String category = entry.text("category").orElse("");
        if (own.size() != entry.items("phrases").size()) {
            throw new MalformedJson(
                    "the refusal '%s' has phrases that are not strings".formatted(owner.name()));
        }
        List<String> shared = TAXONOMY.getOrDefault(category, List.of());
        if (!category.isEmpty() && shared.isEmpty()) {
            throw new MalformedJson(
                    "the refusal '%s' names a category that the taxonomy does not have"
                            .formatted(owner.name()));
        }
        if (own.isEmpty() && shared.isEmpty()) {
            throw new MalformedJson("the refusal '%s' refuses nothing".formatted(owner.name()));
        }
        List<String> all = new ArrayList<>(shared);
        all.addAll(own);
        return all;
    }

    private static Phrase phrase(Entry owner, String text) throws MalformedJson {
        if (text.length() > 256) {
            throw new MalformedJson(
                    "the refusal '%s' has a phrase of more than 256 characters"
                            .formatted(owner.name()));
        }
        try {
            return new Phrase(text, true);
        } catch (IllegalArgumentException e) {
            throw new MalformedJson(
                    "the refusal '%s' has a phrase without visible characters"
                            .formatted(owner.name()));
        }
    }

    private static Map<String, List<String>> loadTaxonomy() {
        try (InputStream in = Refusals.class.getResourceAsStream("/moderation/taxonomy.json")) {
            if (in == null) {
                throw new IllegalStateException("the taxonomy is missing from this build");
            }
            JsonObject file = StrictJson.parseObject(in.readAllBytes());
            Map<String, List<String>> taxonomy = new TreeMap<>();
            for (String category : file.members().keySet()) {
                taxonomy.put(category, file.texts(category));
            }
            return taxonomy;
        } catch (IOException e) {
            throw new UncheckedIOException("the taxonomy cannot be read", e);
        } catch (MalformedJson e) {
            throw new IllegalStateException("the taxonomy is not JSON", e);
        }
    }
}
