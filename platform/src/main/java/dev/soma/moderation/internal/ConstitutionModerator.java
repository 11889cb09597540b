package dev.soma.moderation.internal;

import dev.soma.constitution.Constitution;
import dev.soma.kernel.Digest;
import dev.soma.kernel.Violation;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.policy.OutputGuard;
import dev.soma.policy.Prompt;
import dev.soma.policy.RefusalTaxonomy;
import dev.soma.policy.text.NormalText;
import dev.soma.policy.text.PhraseSearch;
import dev.soma.policy.text.PhraseSearch.Hit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.stereotype.Component;

/// Compiles the refusals once for each constitution and searches for all of them in one pass.
@Component
class ConstitutionModerator implements RefusalTaxonomy {
    /// A broken article takes the whole score.
    private static final long WEIGHT_MICRO = 1_000_000;

    private static final String DIGEST =
            Digest.sha256Hex(CanonicalJson.JCS.bytes(Refusals.categories()));

    private volatile Compiled compiled =
            new Compiled("", new Refusals(List.of(), new PhraseSearch(List.of())));

    private record Compiled(String hash, Refusals refusals) {}

    @Override
    public Optional<String> objection(JsonObject document) {
        try {
            Refusals.compile(document);
            return Optional.empty();
        } catch (MalformedJson e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public List<Violation> check(Constitution constitution, Prompt prompt) {
        Refusals refusals = refusalsOf(constitution);
        Set<Refusals.Entry> seen = new HashSet<>();
        List<Violation> violations = new ArrayList<>();
        for (NormalText text : prompt.normal()) {
            for (Hit hit : refusals.search().search(text)) {
                Refusals.Entry entry = refusals.owners().get(hit.phrase());
                if (seen.add(entry)) {
                    violations.add(
                            new Violation(
                                    entry.name(),
                                    entry.article(),
                                    WEIGHT_MICRO,
                                    hit.start(),
                                    hit.end()));
                }
            }
        }
        return violations;
    }

    @Override
    public OutputGuard guard(Constitution constitution) {
        return new RefusalGuard(refusalsOf(constitution));
    }

    @Override
    public JsonObject categories() {
        return Refusals.categories();
    }

    @Override
    public String digest() {
        return DIGEST;
    }

    private Refusals refusalsOf(Constitution constitution) {
        Compiled known = compiled;
        if (!known.hash().equals(constitution.hash())) {
            try {
                known =
                        new Compiled(
                                constitution.hash(), Refusals.compile(constitution.document()));
            } catch (MalformedJson e) {
                throw new IllegalStateException("a constitution in force cannot be compiled", e);
            }
            compiled = known;
        }
        return known.refusals();
    }
}
