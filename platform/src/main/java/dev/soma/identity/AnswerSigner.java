package dev.soma.identity;

import java.util.Optional;

/// Signs what the platform answers, with the key that signs tokens, so that whoever has the
/// published
/// key set can check it. Thread-safe; reads memory only.
public interface AnswerSigner {
    /// Signs with Ed25519.
    ///
    /// @return empty while no signing key is active
    Optional<Signed> sign(byte[] message);

    /// Names the key that signs now, since its id is part of what is signed.
    Optional<String> keyId();

    /// @param keyId `kid` of the published key set
    record Signed(String keyId, byte[] signature) {}
}
