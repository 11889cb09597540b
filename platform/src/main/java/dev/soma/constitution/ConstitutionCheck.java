package dev.soma.constitution;

import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.Optional;

/// Says whether a document can be enforced. Implemented by the module that compiles it to rules.
public interface ConstitutionCheck {
    /// Empty when every rule in it can be enforced, else the reason, such as an unknown key.
    Optional<String> objection(JsonObject document);
}
