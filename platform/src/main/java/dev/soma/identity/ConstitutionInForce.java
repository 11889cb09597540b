package dev.soma.identity;

import java.util.Optional;

/// The hash that goes into tokens. The module that verifies constitutions implements it.
public interface ConstitutionInForce {
    /// Hash of the constitution in force, or empty when there is none.
    Optional<String> hash();
}
