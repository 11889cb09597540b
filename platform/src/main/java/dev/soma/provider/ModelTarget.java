package dev.soma.provider;

import dev.soma.kernel.Secret;
import dev.soma.metering.Price;
import java.net.URI;
import java.util.Optional;

/// One model at one provider.
///
/// @param provider id of the provider
/// @param model the name by which the provider knows it
/// @param baseUrl up to and without `/chat/completions`
/// @param contextTokens prompt and answer together
public record ModelTarget(
        String provider,
        String model,
        URI baseUrl,
        Optional<Secret> apiKey,
        int contextTokens,
        Price price) {
    /// `provider/model`, as callers address it.
    public String address() {
        return provider + "/" + model;
    }
}
