package dev.soma.constitution;

import dev.soma.kernel.Digest;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/// How a family of systems hashes and signs its constitutions.
public enum ConstitutionDialect {
    /// SomaBrain: SHA3-512 over Python-canonical JSON; Ed25519 or Ed448 over the 128 ASCII hex
    /// characters.
    SOMABRAIN("sha3-512") {
        @Override
        public String hash(JsonObject document) {
            return Digest.sha3512Hex(CanonicalJson.PYTHON.bytes(document));
        }

        @Override
        byte[] signedBytes(JsonObject document) {
            return hash(document).getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        Optional<String> algorithmFor(String keyType) {
            return switch (keyType) {
                case "EdDSA", "Ed25519", "Ed448" -> Optional.of("EdDSA");
                default -> Optional.empty();
            };
        }
    },

    /// SomaAgentHub: SHA-256 over Python-canonical JSON; RSA PKCS#1 v1.5 with SHA-256 over the same
    /// bytes.
    SOMAAGENTHUB("sha-256") {
        @Override
        public String hash(JsonObject document) {
            return Digest.sha256Hex(CanonicalJson.PYTHON.bytes(document));
        }

        @Override
        byte[] signedBytes(JsonObject document) {
            return CanonicalJson.PYTHON.bytes(document);
        }

        @Override
        Optional<String> algorithmFor(String keyType) {
            return keyType.equals("RSA") ? Optional.of("SHA256withRSA") : Optional.empty();
        }
    };

    private final String algorithm;

    ConstitutionDialect(String algorithm) {
        this.algorithm = algorithm;
    }

    public static Optional<ConstitutionDialect> named(String name) {
        return Arrays.stream(values())
                .filter(dialect -> dialect.wireName().equals(name))
                .findFirst();
    }

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Name of the hash.
    public String algorithm() {
        return algorithm;
    }

    /// Lower-case hex.
    public abstract String hash(JsonObject document);

    abstract byte[] signedBytes(JsonObject document);

    /// The signature algorithm for a type of key; empty when this dialect does not take such keys.
    abstract Optional<String> algorithmFor(String keyType);

    /// True when the text is a signature of the document under the key.
    boolean verifies(JsonObject document, String signatureText, PublicKey key) {
        Optional<String> signatureAlgorithm = algorithmFor(key.getAlgorithm());
        Optional<byte[]> bytes = decode(signatureText);
        if (signatureAlgorithm.isEmpty() || bytes.isEmpty()) {
            return false;
        }
        try {
            Signature verifier = Signature.getInstance(signatureAlgorithm.get());
            verifier.initVerify(key);
            verifier.update(signedBytes(document));
            return verifier.verify(bytes.get());
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /// Signs, in the text form that this dialect writes.
    ///
    /// @throws IllegalArgumentException when the dialect does not take such keys
    public String sign(JsonObject document, PrivateKey key) {
        String signatureAlgorithm =
                algorithmFor(key.getAlgorithm())
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "the dialect %s does not take %s keys"
                                                        .formatted(
                                                                wireName(), key.getAlgorithm())));
        try {
            Signature signer = Signature.getInstance(signatureAlgorithm);
            signer.initSign(key);
            signer.update(signedBytes(document));
            byte[] bytes = signer.sign();
            return this == SOMABRAIN
                    ? HexFormat.of().formatHex(bytes)
                    : Base64.getEncoder().encodeToString(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the document could not be signed", e);
        }
    }

    /// Hex first, else base64, as SomaBrain reads them.
    private static Optional<byte[]> decode(String text) {
        try {
            return Optional.of(HexFormat.of().parseHex(text));
        } catch (IllegalArgumentException notHex) {
            try {
                return Optional.of(Base64.getDecoder().decode(text));
            } catch (IllegalArgumentException notBase64) {
                return Optional.empty();
            }
        }
    }
}
