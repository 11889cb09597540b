package dev.soma.kernel;

/// Asks whether an actor may do a privileged act. Owned here so that modules above `policy` can ask
/// it.
public interface Authorizations {
    /// Decides and records: the answer exists only once it is durable in the audit log.
    ///
    /// @param capability the right that the act needs, such as `tenants:write`
    /// @param resource what is acted upon, such as `tenant/acme`; recorded as given, so never a
    /// secret
    Authorization authorize(ActorContext actor, String capability, String resource);

    /// What came of asking.
    sealed interface Authorization {
        record Granted(Permit permit) implements Authorization {}

        record Denied(String reason) implements Authorization {}
    }
}
