package dev.soma.verifier;

import java.security.PublicKey;

/// An Ed25519 verifier key in C2SP form, `<name>+<key id>+<base64(0x01 || public key)>`.
public record VerifierKey(String name, int id, PublicKey publicKey) {
    /// @throws IllegalArgumentException with the reason, when the text is no such key
    public static VerifierKey parse(String vkey) {
        VKey key = VKey.parse(vkey, VKey.ED25519);
        return new VerifierKey(key.name(), key.id(), key.publicKey());
    }

    boolean verifies(byte[] text, byte[] signature) {
        return new VKey(name, id, publicKey).verifies(text, signature);
    }

    /// Name and id, enough to tell keys apart in a message.
    @Override
    public String toString() {
        return new VKey(name, id, publicKey).toString();
    }
}
