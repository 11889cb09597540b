package dev.soma.provider;

import dev.soma.metering.Price;

/// One model at one provider.
///
/// @param provider id of the provider
/// @param model the name by which the provider knows it; one that ends with `*` stands for every
/// name that begins so
/// @param contextTokens prompt and answer together
/// @param continues whether it goes on from an unfinished message of the assistant
public record ModelTarget(
        String provider,
        String model,
        Endpoint endpoint,
        int contextTokens,
        Price price,
        boolean continues) {
    /// `provider/model`, as callers address it.
    public String address() {
        return provider + "/" + model;
    }

    /// True when the name stands for many models.
    public boolean open() {
        return model.endsWith("*");
    }

    /// True when an open name stands for this address too.
    public boolean covers(String address) {
        return address.startsWith(provider + "/" + model.substring(0, model.length() - 1));
    }

    /// The model of that address, which an open name stands for.
    public ModelTarget named(String address) {
        String name = address.substring(provider.length() + 1);
        return new ModelTarget(provider, name, endpoint, contextTokens, price, continues);
    }
}
