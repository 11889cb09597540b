package dev.soma.identity;

import dev.soma.kernel.Actor;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.UserId;
import java.util.List;
import java.util.Optional;

/// Tells who presents a credential. Thread-safe; reads memory only, so event loops may call it.
public interface Identities {
    /// @param credential an API key or a token, as it stands after `Bearer`
    Outcome authenticate(String credential);

    /// A user as an actor with everything the user holds, for judging what the user may do; nobody
    /// acts by it.
    Optional<Actor> user(TenantId tenant, UserId user);

    /// The active users of a tenant, in no order.
    List<UserId> users(TenantId tenant);

    /// What the credential proves.
    sealed interface Outcome {
        record Authenticated(Actor actor) implements Outcome {}

        /// @param reason for the log and the operator; the caller learns only that the credential
        /// is not valid
        record Rejected(String reason) implements Outcome {}
    }
}
