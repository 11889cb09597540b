package dev.soma.harness;

import dev.soma.constitution.ConstitutionDialect;
import dev.soma.constitution.SignedDocument;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Fresh signing keys of the three signers that the shipped constitution names.
public final class TestKeys {
    public static final List<String> SIGNERS = List.of("founder", "security", "auditor");

    private final Map<String, KeyPair> keys = new LinkedHashMap<>();

    public TestKeys() throws Exception {
        for (String signer : SIGNERS) {
            keys.put(signer, KeyPairGenerator.getInstance("Ed25519").generateKeyPair());
        }
    }

    public KeyPair key(String signer) {
        KeyPair key = keys.get(signer);
        if (key == null) {
            throw new IllegalArgumentException("no signer " + signer);
        }
        return key;
    }

    public static JsonObject shipped() throws Exception {
        try (var in = TestKeys.class.getResourceAsStream("/constitution/constitution.json")) {
            if (in == null) {
                throw new IllegalStateException("the shipped constitution is missing");
            }
            return StrictJson.parseObject(in.readAllBytes());
        }
    }

    /// The shipped constitution with another version, so that it is another document.
    public static JsonObject shipped(String version) throws Exception {
        return with(shipped(), "version", JsonValue.of(version));
    }

    public static JsonObject with(JsonObject document, String name, JsonValue value) {
        var copy = JsonValue.object();
        document.members().forEach(copy::put);
        return copy.put(name, value).build();
    }

    public SignedDocument sign(JsonObject document, String... signers) {
        List<SignedDocument.Signature> signatures = new ArrayList<>();
        String hash = ConstitutionDialect.SOMABRAIN.hash(document);
        for (String signer : signers) {
            String text = ConstitutionDialect.SOMABRAIN.sign(document, key(signer).getPrivate());
            signatures.add(
                    new SignedDocument.Signature(Optional.of(signer), text, Optional.of(hash)));
        }
        return new SignedDocument(
                ConstitutionDialect.SOMABRAIN, document, Optional.of(hash), signatures);
    }

    public byte[] ring() {
        List<JsonObject> entries = new ArrayList<>();
        keys.forEach(
                (signer, key) -> {
                    String pem =
                            "-----BEGIN PUBLIC KEY-----\n"
                                    + Base64.getMimeEncoder()
                                            .encodeToString(key.getPublic().getEncoded())
                                    + "\n-----END PUBLIC KEY-----\n";
                    entries.add(
                            JsonValue.object()
                                    .put("signer_id", signer)
                                    .put("public_key", pem)
                                    .build());
                });
        return CanonicalJson.JCS.bytes(
                JsonValue.object().put("keys", JsonValue.array(entries)).build());
    }
}
