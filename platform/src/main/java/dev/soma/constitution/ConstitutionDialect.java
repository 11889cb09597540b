package dev.soma.constitution;

import dev.soma.kernel.Digest;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.time.Instant;
import java.time.format.DateTimeParseException;
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
    },

    /// Our own: SHA3-512 over RFC 8785 JSON; Ed25519 and ML-DSA-44 together, over a line that names
    /// the purpose and the 128 ASCII hex characters. Its documents hold their own `epoch`, `tenant`
    /// and `not_after`.
    SOMA("sha3-512") {
        @Override
        public String hash(JsonObject document) {
            return Digest.sha3512Hex(CanonicalJson.JCS.bytes(document));
        }

        @Override
        byte[] signedBytes(JsonObject document) {
            return ("soma-constitution-v1\n" + hash(document)).getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        Optional<String> algorithmFor(String keyType) {
            return keyType.equals(HybridKeys.ALGORITHM)
                    ? Optional.of(HybridKeys.ALGORITHM)
                    : Optional.empty();
        }

        @Override
        Optional<String> formObjection(JsonObject document) {
            boolean epoch =
                    document.members().get("epoch") instanceof JsonInteger(var number)
                            && number.signum() > 0
                            && number.bitLength() < 63;
            if (!epoch || !document.text("tenant").equals(Optional.of("*"))) {
                return Optional.of("the document lacks its 'epoch', or its 'tenant' is not '*'");
            }
            return notAfter(document).isEmpty()
                    ? Optional.of(
                            "the document lacks 'not_after', a time such as 2027-01-01T00:00:00Z")
                    : Optional.empty();
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

    /// What a document of this dialect must hold beside what every one must.
    Optional<String> formObjection(JsonObject document) {
        return Optional.empty();
    }

    /// The time after which a document is no longer in force; empty when it names none.
    public Optional<Instant> notAfter(JsonObject document) {
        try {
            return this == SOMA ? document.text("not_after").map(Instant::parse) : Optional.empty();
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /// The epoch that a document claims for itself; 0 when its dialect has none.
    public long documentEpoch(JsonObject document) {
        return this == SOMA && document.members().get("epoch") instanceof JsonInteger(var number)
                ? number.longValueExact()
                : 0;
    }

    /// True when the text is a signature of the document under the key. A signer with two keys
    /// signs
    /// with the first where a dialect knows only one.
    boolean verifies(JsonObject document, String signatureText, PublicKey presented) {
        PublicKey key =
                this != SOMA && presented instanceof HybridKeys.Public both
                        ? both.classic()
                        : presented;
        Optional<String> signatureAlgorithm = algorithmFor(key.getAlgorithm());
        Optional<byte[]> bytes = decode(signatureText);
        if (signatureAlgorithm.isEmpty() || bytes.isEmpty()) {
            return false;
        }
        try {
            if (key instanceof HybridKeys.Public both) {
                return HybridKeys.verifies(both, signedBytes(document), bytes.get());
            }
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
    public String sign(JsonObject document, PrivateKey presented) {
        PrivateKey key =
                this != SOMA && presented instanceof HybridKeys.Private both
                        ? both.classic()
                        : presented;
        String signatureAlgorithm =
                algorithmFor(key.getAlgorithm())
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "the dialect %s does not take %s keys"
                                                        .formatted(
                                                                wireName(), key.getAlgorithm())));
        try {
            if (key instanceof HybridKeys.Private both) {
                return Base64.getEncoder()
                        .encodeToString(HybridKeys.sign(both, signedBytes(document)));
            }
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
