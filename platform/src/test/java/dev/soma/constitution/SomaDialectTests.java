package dev.soma.constitution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.soma.constitution.Quorum.Outcome.Met;
import dev.soma.constitution.Quorum.Outcome.NotMet;
import dev.soma.constitution.SignedDocument.Signature;
import dev.soma.devkit.TestEngines;
import dev.soma.harness.TestKeys;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The dialect whose signatures are two.
class SomaDialectTests {
    private static final Map<String, KeyPair> CLASSIC = new LinkedHashMap<>();
    private static final Map<String, KeyPair> SECOND = new LinkedHashMap<>();

    @BeforeAll
    static void keys() throws Exception {
        for (String signer : List.of("a", "b", "c")) {
            CLASSIC.put(signer, KeyPairGenerator.getInstance("Ed25519").generateKeyPair());
            SECOND.put(signer, KeyPairGenerator.getInstance("ML-DSA-44").generateKeyPair());
        }
    }

    private static KeyPair pair(Map<String, KeyPair> of, String signer) {
        return Objects.requireNonNull(of.get(signer), signer);
    }

    private static JsonObject document(String more) throws MalformedJson {
        return StrictJson.parseObject(
                "{\"version\":\"1\",\"rules\":{},\"governance\":{\"signature_threshold\":2}%s}"
                        .formatted(more)
                        .getBytes(StandardCharsets.UTF_8));
    }

    private static JsonObject whole() throws MalformedJson {
        return document(",\"epoch\":7,\"tenant\":\"*\",\"not_after\":\"2099-01-01T00:00:00Z\"");
    }

    private static String pem(byte[] der) {
        return "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n"
                .formatted(Base64.getMimeEncoder().encodeToString(der));
    }

    private static JsonObject entry(String signer, String classicOf, String secondOf) {
        return JsonValue.object()
                .put("signer_id", signer)
                .put("public_key", pem(pair(CLASSIC, classicOf).getPublic().getEncoded()))
                .put(
                        "post_quantum_public_key",
                        pem(pair(SECOND, secondOf).getPublic().getEncoded()))
                .build();
    }

    private static KeyRing ring(JsonObject... entries) throws MalformedJson {
        return KeyRing.parse(
                CanonicalJson.JCS.bytes(
                        JsonValue.object().put("keys", JsonValue.array(List.of(entries))).build()));
    }

    private static KeyRing ring() throws MalformedJson {
        return ring(entry("a", "a", "a"), entry("b", "b", "b"), entry("c", "c", "c"));
    }

    private static SignedDocument sign(
            ConstitutionDialect dialect, JsonObject document, String... signers) {
        List<Signature> signatures = new ArrayList<>();
        for (String signer : signers) {
            signatures.add(
                    new Signature(
                            Optional.of(signer),
                            dialect.sign(
                                    document,
                                    new HybridKeys.Private(
                                            pair(CLASSIC, signer).getPrivate(),
                                            pair(SECOND, signer).getPrivate())),
                            Optional.empty()));
        }
        return new SignedDocument(dialect, document, Optional.empty(), signatures);
    }

    @Test
    void twoOfThreeSignersWithBothKeysAreAQuorum() throws Exception {
        SignedDocument signed = sign(ConstitutionDialect.SOMA, whole(), "a", "c");
        assertThat(Quorum.check(signed, ring(), 2))
                .isInstanceOfSatisfying(
                        Met.class,
                        met -> {
                            assertThat(met.signers()).containsExactly("a", "c");
                            assertThat(met.hash()).hasSize(128);
                        });
        SignedDocument read = SignedDocument.parseFile(signed.toFile());
        assertThat(Quorum.check(read, ring(), 2)).isInstanceOf(Met.class);
        assertThat(Quorum.check(sign(ConstitutionDialect.SOMA, whole(), "a"), ring(), 2))
                .isInstanceOf(NotMet.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 63, 64, 1_000, 2_483})
    void eitherHalfDamagedIsNoSignature(int at) throws Exception {
        SignedDocument signed = sign(ConstitutionDialect.SOMA, whole(), "a", "b");
        byte[] bytes = Base64.getDecoder().decode(signed.signatures().getFirst().text());
        assertThat(bytes).hasSize(2_484);
        bytes[at] ^= 1;
        List<Signature> damaged =
                List.of(
                        new Signature(
                                Optional.of("a"),
                                Base64.getEncoder().encodeToString(bytes),
                                Optional.empty()),
                        signed.signatures().getLast());
        assertThat(
                        Quorum.check(
                                new SignedDocument(
                                        ConstitutionDialect.SOMA,
                                        whole(),
                                        Optional.empty(),
                                        damaged),
                                ring(),
                                2))
                .isInstanceOf(NotMet.class);
    }

    @Test
    void aSignatureOfOneDialectIsNoneInAnother() throws Exception {
        for (ConstitutionDialect made :
                List.of(ConstitutionDialect.SOMA, ConstitutionDialect.SOMABRAIN)) {
            SignedDocument signed = sign(made, whole(), "a", "b");
            for (ConstitutionDialect read : ConstitutionDialect.values()) {
                SignedDocument other =
                        new SignedDocument(
                                read, signed.document(), Optional.empty(), signed.signatures());
                assertThat(Quorum.check(other, ring(), 2) instanceof Met)
                        .as("%s as %s", made, read)
                        .isEqualTo(made == read);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",\"epoch\":0,\"tenant\":\"*\",\"not_after\":\"2099-01-01T00:00:00Z\"",
                ",\"epoch\":1.0,\"tenant\":\"*\",\"not_after\":\"2099-01-01T00:00:00Z\"",
                ",\"epoch\":1,\"tenant\":\"acme\",\"not_after\":\"2099-01-01T00:00:00Z\"",
                ",\"epoch\":1,\"tenant\":\"*\",\"not_after\":\"soon\"",
                ",\"epoch\":1,\"tenant\":\"*\""
            })
    void aDocumentWithoutItsOwnEpochTenantAndEndIsRefused(String members) throws Exception {
        assertThat(
                        Quorum.check(
                                sign(ConstitutionDialect.SOMA, document(members), "a", "b"),
                                ring(),
                                2))
                .isInstanceOf(NotMet.class);
    }

    @Test
    void oneKeyUnderTwoNamesIsRefusedWhicheverOfTheTwoItIs() {
        assertThatThrownBy(() -> ring(entry("a", "a", "a"), entry("b", "b", "a")))
                .isInstanceOf(MalformedJson.class);
        assertThatThrownBy(() -> ring(entry("a", "a", "a"), entry("b", "a", "b")))
                .isInstanceOf(MalformedJson.class);
    }

    @Test
    void whoHasOneKeyOnlyDoesNotSignInThisDialect() throws Exception {
        KeyRing classicOnly =
                ring(
                        JsonValue.object()
                                .put("signer_id", "a")
                                .put("public_key", pem(pair(CLASSIC, "a").getPublic().getEncoded()))
                                .build(),
                        entry("b", "b", "b"));
        assertThat(Quorum.check(sign(ConstitutionDialect.SOMA, whole(), "a", "b"), classicOnly, 2))
                .isInstanceOf(NotMet.class);
        assertThat(
                        Quorum.check(
                                sign(ConstitutionDialect.SOMABRAIN, whole(), "a", "b"),
                                classicOnly,
                                2))
                .isInstanceOf(Met.class);
    }

    private static void offer(Path file, String version, int epoch, Instant notAfter)
            throws Exception {
        JsonObject shipped = TestKeys.shipped(version);
        var document = JsonValue.object();
        shipped.members().forEach(document::put);
        JsonObject governance =
                JsonValue.object()
                        .put("signature_threshold", 2)
                        .put("valid_signers", JsonValue.texts(List.of("a", "b", "c")))
                        .put("audit_all_decisions", JsonValue.of(true))
                        .build();
        JsonObject whole =
                document.put("governance", governance)
                        .put("epoch", epoch)
                        .put("tenant", "*")
                        .put("not_after", notAfter.toString())
                        .build();
        Path next = file.resolveSibling("next.json");
        Files.write(next, sign(ConstitutionDialect.SOMA, whole, "a", "b").toFile());
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /// From a signed file, on a running platform.
    @Test
    void anOlderEpochIsRefusedAndWhatExpiresIsNoLongerInForce() throws Exception {
        Path folder = TestEngines.folder("soma-dialect");
        Path file = folder.resolve("constitution.json");
        Path ringFile = folder.resolve("ring.json");
        Files.write(
                ringFile,
                CanonicalJson.JCS.bytes(
                        JsonValue.object()
                                .put(
                                        "keys",
                                        JsonValue.array(
                                                List.of(
                                                        entry("a", "a", "a"),
                                                        entry("b", "b", "b"),
                                                        entry("c", "c", "c"))))
                                .build()));
        offer(file, "5.0.0", 5, Instant.parse("2099-01-01T00:00:00Z"));
        try (TestPlatform platform =
                TestPlatform.start(
                        Map.of(
                                "soma.constitution.file", file.toString(),
                                "soma.constitution.key-ring-file", ringFile.toString()))) {
            platform.awaitConstitution("5.0.0");
            String key = platform.tenant("hybrid");
            offer(file, "4.0.0", 4, Instant.parse("2099-01-01T00:00:00Z"));
            await().atMost(Duration.ofSeconds(10))
                    .until(
                            () ->
                                    platform.get(
                                                    "/v1/audit/entries?limit=1000",
                                                    platform.adminKey())
                                            .body()
                                            .contains("constitution_rollback"));
            assertThat(platform.post("/v1/evaluate", key, "{\"prompt\":\"hi\"}").statusCode())
                    .isEqualTo(200);
            offer(file, "6.0.0", 6, Instant.now().plusSeconds(4));
            platform.awaitConstitution("6.0.0");
            await().atMost(Duration.ofSeconds(15))
                    .until(
                            () ->
                                    platform.post("/v1/evaluate", key, "{\"prompt\":\"hi\"}")
                                                    .statusCode()
                                            == 503);
        }
    }
}
