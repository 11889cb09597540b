package dev.soma.constitution;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Arrays;

/// Two keys that sign together: Ed25519 (RFC 8032), which is fast and well known, and ML-DSA-44
/// (FIPS 204), which a quantum computer does not break. A signature is the 64 bytes of the first
/// followed by the 2,420 of the second, and holds only if both do.
public final class HybridKeys {
    /// What such keys call their algorithm.
    public static final String ALGORITHM = "Ed25519+ML-DSA-44";

    static final String CLASSIC = "Ed25519";
    static final String POST_QUANTUM = "ML-DSA-44";
    private static final int CLASSIC_BYTES = 64;

    private HybridKeys() {}

    /// Both public keys of a signer.
    public record Public(PublicKey classic, PublicKey postQuantum) implements PublicKey {
        private static final long serialVersionUID = 1L;

        @Override
        public String getAlgorithm() {
            return ALGORITHM;
        }

        @Override
        public String getFormat() {
            return "X.509 twice";
        }

        @Override
        public byte[] getEncoded() {
            return joined(classic.getEncoded(), postQuantum.getEncoded());
        }
    }

    /// Both private keys of a signer. Prints nothing of them.
    public record Private(PrivateKey classic, PrivateKey postQuantum) implements PrivateKey {
        private static final long serialVersionUID = 1L;

        @Override
        public String getAlgorithm() {
            return ALGORITHM;
        }

        @Override
        public String getFormat() {
            return "PKCS#8 twice";
        }

        @Override
        public byte[] getEncoded() {
            return joined(classic.getEncoded(), postQuantum.getEncoded());
        }

        @Override
        public String toString() {
            return "***";
        }
    }

    private static byte[] joined(byte[] first, byte[] second) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(first);
        both.writeBytes(second);
        return both.toByteArray();
    }

    static byte[] sign(Private keys, byte[] message) throws GeneralSecurityException {
        return joined(
                signature(CLASSIC, keys.classic(), message),
                signature(POST_QUANTUM, keys.postQuantum(), message));
    }

    private static byte[] signature(String algorithm, PrivateKey key, byte[] message)
            throws GeneralSecurityException {
        Signature signer = Signature.getInstance(algorithm);
        signer.initSign(key);
        signer.update(message);
        return signer.sign();
    }

    static boolean verifies(Public keys, byte[] message, byte[] signature)
            throws GeneralSecurityException {
        if (signature.length <= CLASSIC_BYTES) {
            return false;
        }
        byte[] first = Arrays.copyOf(signature, CLASSIC_BYTES);
        byte[] second = Arrays.copyOfRange(signature, CLASSIC_BYTES, signature.length);
        return holds(CLASSIC, keys.classic(), message, first)
                && holds(POST_QUANTUM, keys.postQuantum(), message, second);
    }

    private static boolean holds(String algorithm, PublicKey key, byte[] message, byte[] signature)
            throws GeneralSecurityException {
        Signature verifier = Signature.getInstance(algorithm);
        verifier.initVerify(key);
        verifier.update(message);
        return verifier.verify(signature);
    }
}
