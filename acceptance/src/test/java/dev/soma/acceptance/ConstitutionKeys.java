package dev.soma.acceptance;

import dev.soma.devkit.SourceTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Fresh Ed25519 keys of the three signers that the shipped constitution names, and SomaBrain's way
/// of signing with them, written from its description and not from the platform's code: SHA3-512
/// over Python-canonical JSON, signed as 128 hex characters.
final class ConstitutionKeys {
    private static final List<String> SIGNERS = List.of("founder", "security", "auditor");

    private final Map<String, KeyPair> keys = new LinkedHashMap<>();

    ConstitutionKeys() {
        try {
            for (String signer : SIGNERS) {
                keys.put(signer, KeyPairGenerator.getInstance("Ed25519").generateKeyPair());
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no Ed25519", e);
        }
    }

    /// Writes the public keys that an operator would trust.
    void writeRing(Path file) throws IOException {
        ObjectNode ring = JsonMapper.shared().createObjectNode();
        ArrayNode entries = ring.putArray("keys");
        keys.forEach(
                (signer, key) ->
                        entries.addObject()
                                .put("signer_id", signer)
                                .put(
                                        "public_key",
                                        "-----BEGIN PUBLIC KEY-----\n"
                                                + Base64.getMimeEncoder()
                                                        .encodeToString(
                                                                key.getPublic().getEncoded())
                                                + "\n-----END PUBLIC KEY-----\n"));
        Files.createDirectories(file.resolveSibling("."));
        Files.writeString(file, ring.toString());
    }

    static JsonNode shipped() throws IOException {
        Path file =
                SourceTree.find()
                        .root()
                        .resolve("platform/src/main/resources/constitution/constitution.json");
        return JsonMapper.shared().readTree(Files.readString(file));
    }

    /// The shipped constitution, signed by two of three, as SomaBrain keeps it in Redis.
    Map<String, String> signedShipped() throws IOException {
        JsonNode document = shipped();
        String hash = hash(document);
        ArrayNode signatures = JsonMapper.shared().createArrayNode();
        for (String signer : List.of("founder", "auditor")) {
            signatures
                    .addObject()
                    .put("signer_id", signer)
                    .put("signature", sign(signer, hash))
                    .put("checksum", hash)
                    .put("created_at", "2026-11-25T00:00:00Z");
        }
        Map<String, String> values = new LinkedHashMap<>();
        values.put("soma:constitution", python(document));
        values.put("soma:constitution:signatures", python(signatures));
        values.put("soma:constitution:meta", "{\"created_at\":\"2026-11-25T00:00:00Z\"}");
        values.put("soma:constitution:checksum", hash);
        return values;
    }

    static String hash(JsonNode document) {
        try {
            byte[] canonical = python(document).getBytes(StandardCharsets.US_ASCII);
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA3-512").digest(canonical));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no SHA3-512", e);
        }
    }

    private String sign(String signer, String hash) {
        KeyPair key = keys.get(signer);
        if (key == null) {
            throw new IllegalArgumentException("no signer " + signer);
        }
        try {
            Signature ed25519 = Signature.getInstance("Ed25519");
            ed25519.initSign(key.getPrivate());
            ed25519.update(hash.getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(ed25519.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the hash could not be signed", e);
        }
    }

    /// `json.dumps(value, sort_keys=True, separators=(",", ":"))`, for documents without fractions.
    static String python(JsonNode value) {
        StringBuilder out = new StringBuilder();
        write(out, value);
        return out.toString();
    }

    private static void write(StringBuilder out, JsonNode value) {
        if (value.isObject()) {
            String separator = "{";
            for (String name : new TreeSet<>(value.propertyNames())) {
                writeText(out.append(separator), name);
                write(out.append(':'), value.path(name));
                separator = ",";
            }
            out.append(value.isEmpty() ? "{}" : "}");
        } else if (value.isArray()) {
            String separator = "[";
            for (JsonNode item : value) {
                write(out.append(separator), item);
                separator = ",";
            }
            out.append(value.isEmpty() ? "[]" : "]");
        } else if (value.isString()) {
            writeText(out, value.asString());
        } else if (value.isIntegralNumber() || value.isBoolean() || value.isNull()) {
            out.append(value);
        } else {
            throw new IllegalArgumentException("no Python form is known here for " + value);
        }
    }

    private static void writeText(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < 0x20 || c > 0x7e) {
                        out.append("\\u").append(HexFormat.of().toHexDigits(c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
