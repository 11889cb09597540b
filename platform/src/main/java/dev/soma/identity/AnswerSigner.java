package dev.soma.identity;

import java.util.Optional;
import java.util.function.Function;

/// Signs what the platform answers, with the key that signs tokens, so that whoever has the
/// published
/// key set can check it. Thread-safe; reads memory only.
public interface AnswerSigner {
    /// Signs with Ed25519.
    ///
    /// @param message makes what is signed of the `kid` of the key that signs, which is part of it
    /// @return the signature; empty while no signing key is active
    Optional<byte[]> sign(Function<String, byte[]> message);
}
