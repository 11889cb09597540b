package dev.soma.runtime;

/// Encrypts secrets at rest; shaped so that a key service can stand behind it. Thread-safe.
public interface Sealer {
    /// Encrypts and binds to a context, such as `signing-key/<kid>`.
    byte[] seal(byte[] secret, String context);

    /// Opens what [#seal] made under the same context.
    ///
    /// @throws IllegalStateException when the bytes were changed or belong elsewhere
    byte[] open(byte[] sealed, String context);
}
