package dev.soma.policy;

import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.Optional;

/// Says whether the refusals that a constitution names can be enforced. Implemented by the module
/// that moderates.
public interface RefusalTaxonomy {
    /// Empty when every entry of `rules.refusals` can be enforced, else what is wrong with the
    /// first that cannot.
    Optional<String> objection(JsonObject document);
}
