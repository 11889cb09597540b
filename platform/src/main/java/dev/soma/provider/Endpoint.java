package dev.soma.provider;

import dev.soma.kernel.Secret;
import java.net.URI;
import java.util.Optional;

/// Where a provider is called.
///
/// @param baseUrl up to and without the path of the call, such as `/chat/completions`
/// @param privateNetwork whether it may live on a private network
public record Endpoint(
        Dialect dialect, URI baseUrl, Optional<Secret> apiKey, boolean privateNetwork) {
    /// What a provider speaks.
    public enum Dialect {
        /// Chat completions.
        OPENAI
    }
}
