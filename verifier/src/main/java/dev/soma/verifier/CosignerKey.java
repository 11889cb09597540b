package dev.soma.verifier;

import java.security.PublicKey;

/// A witness's key in C2SP form, `<name>+<key id>+<base64(0x04 || Ed25519 public key)>`. It signs
/// times and checkpoints, never a note's text alone, so it is a type of its own.
public record CosignerKey(String name, int id, PublicKey publicKey) {
    /// @throws IllegalArgumentException with the reason, when the text is no such key
    public static CosignerKey parse(String vkey) {
        VKey key = VKey.parse(vkey, VKey.COSIGNATURE_V1);
        return new CosignerKey(key.name(), key.id(), key.publicKey());
    }

    /// @param publicKey an Ed25519 key
    /// @throws IllegalArgumentException when the name is empty or holds a space, `+` or a control
    /// character
    public static CosignerKey of(String name, PublicKey publicKey) {
        return parse(VKey.text(name, VKey.COSIGNATURE_V1, publicKey));
    }

    /// The form that [#parse(String)] reads.
    public String vkey() {
        return VKey.text(name, VKey.COSIGNATURE_V1, publicKey);
    }

    boolean verifies(byte[] message, byte[] signature) {
        return new VKey(name, id, publicKey).verifies(message, signature);
    }

    /// Name and id, enough to tell keys apart in a message.
    @Override
    public String toString() {
        return new VKey(name, id, publicKey).toString();
    }
}
