package dev.soma.policy;

import dev.soma.constitution.Constitution;
import dev.soma.kernel.Violation;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.List;
import java.util.Optional;

/// The refusals that a constitution names. Implemented by the module that moderates. Thread-safe.
public interface RefusalTaxonomy {
    /// Empty when every entry of `rules.refusals` can be enforced, else what is wrong with the
    /// first that cannot.
    Optional<String> objection(JsonObject document);

    /// One violation for each refusal of the constitution that any message meets, naming its
    /// article, in the order in which they are met.
    List<Violation> check(Constitution constitution, Prompt prompt);

    /// A guard for one answer that looks for what the constitution refuses.
    OutputGuard guard(Constitution constitution);

    /// The shipped phrases of each category, for whoever wants to judge again.
    JsonObject categories();

    /// SHA-256 of the JCS form of [#categories()], hex; each verdict names it.
    String digest();
}
