package dev.soma.cli;

import dev.soma.constitution.HybridKeys;
import dev.soma.constitution.KeyRing;
import dev.soma.devkit.Home;
import dev.soma.kernel.json.MalformedJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The signers' private keys, one PEM file (PKCS #8) each, and the ring of public keys that the
/// platform trusts. In
/// earnest each signer keeps their own file on their own machine.
final class SigningKeys {
    private static final Base64.Encoder PEM = Base64.getMimeEncoder(64, new byte[] {'\n'});

    /// Ed25519 and ML-DSA-44 together, for the dialect soma.
    static final String HYBRID = "hybrid";

    private SigningKeys() {}

    static Path folder(Home home) {
        return home.path().resolve("secrets/constitution");
    }

    static Path ringFile(Home home) {
        return home.trust().resolve("constitution-keys.json");
    }

    static Path keyFile(Home home, String signer) {
        return folder(home).resolve(signer + ".pem");
    }

    /// Makes a key for each signer and a new ring.
    static void generate(Home home, List<String> signers, String type)
            throws IOException, GeneralSecurityException {
        Files.createDirectories(folder(home));
        ArrayNode ring = JsonMapper.shared().createArrayNode();
        for (String signer : signers) {
            KeyPair pair = pair(type.equals(HYBRID) ? "Ed25519" : type);
            String secret = pem("PRIVATE KEY", pair.getPrivate().getEncoded());
            ObjectNode entry =
                    ring.addObject()
                            .put("signer_id", signer)
                            .put("public_key", pem("PUBLIC KEY", pair.getPublic().getEncoded()));
            if (type.equals(HYBRID)) {
                KeyPair second = pair("ML-DSA-44");
                secret += pem("PRIVATE KEY", second.getPrivate().getEncoded());
                entry.put(
                        "post_quantum_public_key",
                        pem("PUBLIC KEY", second.getPublic().getEncoded()));
            }
            Home.writePrivate(keyFile(home, signer), secret);
        }
        ObjectNode file = JsonMapper.shared().createObjectNode();
        file.set("keys", ring);
        Home.writePrivate(
                ringFile(home),
                JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(file)
                        + "\n");
    }

    /// Takes a signer out of the ring.
    ///
    /// @return who is left
    static List<String> distrust(Home home, String signer) throws IOException {
        ring(home);
        JsonNode file = JsonMapper.shared().readTree(Files.readString(ringFile(home)));
        ArrayNode kept = JsonMapper.shared().createArrayNode();
        for (JsonNode entry : file.path("keys")) {
            if (!entry.path("signer_id").asString().equals(signer)) {
                kept.add(entry);
            }
        }
        if (kept.size() == file.path("keys").size()) {
            throw new CommandException("the ring has no signer '%s'".formatted(signer));
        }
        ObjectNode ring = JsonMapper.shared().createObjectNode();
        ring.set("keys", kept);
        Home.writePrivate(
                ringFile(home),
                JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(ring)
                        + "\n");
        return kept.valueStream().map(entry -> entry.path("signer_id").asString()).toList();
    }

    private static KeyPair pair(String algorithm) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        if (algorithm.equals("RSA")) {
            generator.initialize(3_072);
        }
        return generator.generateKeyPair();
    }

    private static String pem(String what, byte[] der) {
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(what, PEM.encodeToString(der), what);
    }

    static PrivateKey read(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new CommandException(
                    "there is no key %s; make keys with ./soma constitution keygen"
                            .formatted(file));
        }
        List<byte[]> blocks = new ArrayList<>();
        for (String block : Files.readString(file).split("-----END PRIVATE KEY-----", -1)) {
            String body = block.replaceAll("-----[A-Z ]+-----", "").strip();
            if (!body.isEmpty()) {
                blocks.add(
                        Base64.getMimeDecoder().decode(body.getBytes(StandardCharsets.US_ASCII)));
            }
        }
        Optional<PrivateKey> key = Optional.empty();
        if (blocks.size() == 1) {
            key = decode("EdDSA", blocks.getFirst()).or(() -> decode("RSA", blocks.getFirst()));
        } else if (blocks.size() == 2) {
            key =
                    decode("EdDSA", blocks.getFirst())
                            .flatMap(
                                    first ->
                                            decode("ML-DSA-44", blocks.getLast())
                                                    .map(
                                                            second ->
                                                                    new HybridKeys.Private(
                                                                            first, second)));
        }
        return key.orElseThrow(
                () ->
                        new CommandException(
                                "%s holds neither an Ed25519 key, alone or with an ML-DSA-44 key, nor an RSA key"
                                        .formatted(file)));
    }

    private static Optional<PrivateKey> decode(String algorithm, byte[] der) {
        try {
            return Optional.of(
                    KeyFactory.getInstance(algorithm)
                            .generatePrivate(new PKCS8EncodedKeySpec(der)));
        } catch (GeneralSecurityException anotherAlgorithm) {
            return Optional.empty();
        }
    }

    static KeyRing ring(Home home) throws IOException {
        Path file = ringFile(home);
        if (!Files.exists(file)) {
            throw new CommandException(
                    "there is no ring of trusted keys yet; make one with ./soma constitution keygen");
        }
        try {
            return KeyRing.parse(Files.readAllBytes(file));
        } catch (MalformedJson e) {
            throw new CommandException(
                    "%s is not a ring of keys: %s".formatted(file, e.getMessage()), e);
        }
    }
}
