package dev.soma.identity;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Permit;
import java.time.Instant;
import java.util.Optional;

/// Mints the tokens by which a caller goes on in a session without its key.
public interface SessionTokens {
    /// A token of the actor that allows to chat and nothing else. Runs in the caller's transaction.
    ///
    /// @param permit of the decision to start the session
    /// @return empty while no signing key is active, or when the user may not act any more
    Optional<Minted> mint(ActorContext actor, Permit permit);

    record Minted(String token, Instant expiresAt) {}
}
