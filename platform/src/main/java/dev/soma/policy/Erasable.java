package dev.soma.policy;

import dev.soma.kernel.Permit;

/// What another module keeps of users, for data protection to take out. Implemented by every module
/// that keeps what somebody said or was told.
public interface Erasable {
    /// Takes out what a user said and was told, in the caller's transaction.
    void erase(Permit permit, String user);
}
