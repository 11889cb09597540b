package dev.soma.provider;

import dev.soma.kernel.Secret;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/// Where a provider is called.
///
/// @param baseUrl up to and without the path of the call, such as `/chat/completions`
/// @param privateNetwork whether it may live on a private network
/// @param maxConcurrent calls that it serves at once; empty where it takes what comes
public record Endpoint(
        Dialect dialect,
        URI baseUrl,
        Optional<Secret> apiKey,
        boolean privateNetwork,
        OptionalInt maxConcurrent) {
    public boolean tls() {
        return "https".equals(baseUrl.getScheme());
    }

    public int port() {
        return baseUrl.getPort() > 0 ? baseUrl.getPort() : tls() ? 443 : 80;
    }

    /// What a provider speaks.
    public enum Dialect {
        /// Chat completions and embeddings.
        OPENAI,
        /// Messages.
        ANTHROPIC;

        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
