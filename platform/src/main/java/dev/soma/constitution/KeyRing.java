package dev.soma.constitution;

import dev.soma.kernel.Digest;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The public keys that the operator trusts, by signer. Immutable.
///
/// File form: `{"keys": [{"signer_id": "...", "public_key": "-----BEGIN PUBLIC KEY-----..."}]}`; a
/// signer of the dialect `soma` has a `post_quantum_public_key` as well.
public record KeyRing(Map<String, PublicKey> keys) {
    private static final String BEGIN = "-----BEGIN PUBLIC KEY-----";
    private static final String END = "-----END PUBLIC KEY-----";

    public KeyRing {
        keys = Collections.unmodifiableMap(new TreeMap<>(keys));
    }

    /// Reads a key ring.
    ///
    /// @throws MalformedJson when it is not of the form above, a key is not Ed25519 or RSA, or one
    /// key stands under
    ///     two names, which would let one person count as two
    public static KeyRing parse(byte[] file) throws MalformedJson {
        Map<String, PublicKey> keys = new LinkedHashMap<>();
        Map<String, String> owners = new LinkedHashMap<>();
        for (JsonValue item : StrictJson.parseObject(file).items("keys")) {
            if (!(item instanceof JsonObject entry)) {
                throw new MalformedJson("an entry of 'keys' is not an object");
            }
            String signer =
                    entry.text("signer_id")
                            .orElseThrow(() -> new MalformedJson("a key has no 'signer_id'"));
            PublicKey key = publicKey(entry.text("public_key").orElse(""));
            own(owners, key, signer);
            Optional<String> second = entry.text("post_quantum_public_key");
            if (second.isPresent()) {
                PublicKey postQuantum = postQuantumKey(second.get());
                own(owners, postQuantum, signer);
                key = new HybridKeys.Public(key, postQuantum);
            }
            if (keys.put(signer, key) != null) {
                throw new MalformedJson("two signers are named '%s'".formatted(signer));
            }
        }
        return new KeyRing(keys);
    }

    private static void own(Map<String, String> owners, PublicKey key, String signer)
            throws MalformedJson {
        String other = owners.put(Digest.sha256Hex(key.getEncoded()), signer);
        if (other != null) {
            throw new MalformedJson("'%s' and '%s' share a key or a name".formatted(other, signer));
        }
    }

    private static PublicKey postQuantumKey(String pem) throws MalformedJson {
        try {
            return KeyFactory.getInstance(HybridKeys.POST_QUANTUM)
                    .generatePublic(new X509EncodedKeySpec(der(pem)));
        } catch (IllegalArgumentException | GeneralSecurityException e) {
            throw new MalformedJson("a post-quantum public key is not an ML-DSA-44 key");
        }
    }

    private static byte[] der(String pem) throws MalformedJson {
        int begin = pem.indexOf(BEGIN);
        int end = begin < 0 ? -1 : pem.indexOf(END, begin + BEGIN.length());
        if (end < 0) {
            throw new MalformedJson("a public key is not in PEM form");
        }
        return Base64.getMimeDecoder().decode(pem.substring(begin + BEGIN.length(), end));
    }

    /// Reads a PEM public key (SubjectPublicKeyInfo) of type Ed25519, Ed448 or RSA.
    public static PublicKey publicKey(String pem) throws MalformedJson {
        try {
            byte[] der = der(pem);
            String algorithm = isEdwards(der) ? "EdDSA" : "RSA";
            return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(der));
        } catch (IllegalArgumentException | GeneralSecurityException e) {
            throw new MalformedJson("a public key cannot be read");
        }
    }

    /// True for the object identifiers 1.3.101.112 and 1.3.101.113 (RFC 8410).
    private static boolean isEdwards(byte[] der) {
        return der.length > 9
                && der[6] == 0x2b
                && der[7] == 0x65
                && (der[8] == 0x70 || der[8] == 0x71);
    }
}
