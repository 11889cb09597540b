package dev.soma.constitution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.soma.constitution.Quorum.Outcome.Met;
import dev.soma.constitution.Quorum.Outcome.NotMet;
import dev.soma.constitution.SignedDocument.Signature;
import dev.soma.harness.TestKeys;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class QuorumTests {
    /// The governance brief's vector V2: Ed25519 by seed 00..1f over the 128 characters of V1.
    private static final String V1 =
            "8f51eb38219dff2e8cb216d3f983847868ba4a4a975d45e1f1456d12d2d4a72b"
                    + "38549060ad527728fb0b4dd2b78c6f88d2803c0075f23f4e78e8d872fb984e7e";
    private static final String V2_SIGNATURE =
            "19d30c7d0a8221acb59933f94acaf5bedd381e8be3e1b4b1511bdb6c37fbbf88"
                    + "79c47e898a6781628cc9076dcf60c0a294f31c5355295ad335b4d976a12b9106";
    private static final String V2_KEY =
            "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";

    private final TestKeys keys = newKeys();

    private static TestKeys newKeys() {
        try {
            return new TestKeys();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private KeyRing ring() throws MalformedJson {
        return KeyRing.parse(keys.ring());
    }

    @Test
    void verifiesTheGoldenSignatureOfSomaBrain() throws Exception {
        byte[] der = HexFormat.of().parseHex("302a300506032b6570032100" + V2_KEY);
        PublicKey key =
                KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(der));
        var verifier = java.security.Signature.getInstance("Ed25519");
        verifier.initVerify(key);
        verifier.update(V1.getBytes(StandardCharsets.US_ASCII));

        assertThat(verifier.verify(HexFormat.of().parseHex(V2_SIGNATURE))).isTrue();
    }

    @Test
    void takesTwoDistinctSigners() throws Exception {
        var outcome = Quorum.check(keys.sign(TestKeys.shipped(), "founder", "auditor"), ring(), 2);

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Met.class,
                        met -> assertThat(met.signers()).containsExactly("auditor", "founder"));
    }

    @Test
    void survivesTheWayThroughSomaBrainsKeys() throws Exception {
        SignedDocument signed = keys.sign(TestKeys.shipped(), "founder", "security");
        SignedDocument read =
                SomaBrainLayout.parse(SomaBrainLayout.values(signed, "2026-01-01T00:00:00Z"))
                        .orElseThrow();

        assertThat(Quorum.check(read, ring(), 2)).isInstanceOf(Met.class);
        assertThat(Quorum.check(SignedDocument.parseFile(read.toFile()), ring(), 2))
                .isInstanceOf(Met.class);
    }

    @Test
    void countsOneSignerOnce() throws Exception {
        SignedDocument once = keys.sign(TestKeys.shipped(), "founder");
        List<Signature> twice = new ArrayList<>(once.signatures());
        twice.addAll(once.signatures());
        var signed = new SignedDocument(once.dialect(), once.document(), once.claimedHash(), twice);

        assertThat(Quorum.check(signed, ring(), 2)).isInstanceOf(NotMet.class);
    }

    @Test
    void countsASignatureUnderAnotherNameForNothing() throws Exception {
        SignedDocument once = keys.sign(TestKeys.shipped(), "founder");
        Signature forged =
                new Signature(
                        Optional.of("auditor"),
                        once.signatures().getFirst().text(),
                        Optional.empty());
        var signed =
                new SignedDocument(
                        once.dialect(),
                        once.document(),
                        once.claimedHash(),
                        List.of(once.signatures().getFirst(), forged));

        assertThat(Quorum.check(signed, ring(), 2)).isInstanceOf(NotMet.class);
    }

    @Test
    void refusesAChangedDocument() throws Exception {
        SignedDocument signed = keys.sign(TestKeys.shipped(), "founder", "auditor");
        JsonObject changed =
                TestKeys.with(signed.document(), "subtitle", JsonValue.of("What agents may do."));
        var stored =
                new SignedDocument(
                        signed.dialect(), changed, signed.claimedHash(), signed.signatures());
        var unclaimed =
                new SignedDocument(
                        signed.dialect(), changed, Optional.empty(), signed.signatures());

        assertThat(Quorum.check(stored, ring(), 2))
                .isInstanceOfSatisfying(
                        NotMet.class,
                        refusal -> assertThat(refusal.reason()).contains("checksum mismatch"));
        assertThat(Quorum.check(unclaimed, ring(), 2)).isInstanceOf(NotMet.class);
    }

    @Test
    void asksForAsManySignersAsTheDocumentDoes() throws Exception {
        assertThat(Quorum.check(keys.sign(TestKeys.shipped(), "founder"), ring(), 1))
                .isInstanceOf(NotMet.class);
    }

    @Test
    void refusesASignerWhomTheDocumentDoesNotName() throws Exception {
        JsonObject governance =
                JsonValue.object()
                        .put("signature_threshold", 2)
                        .put("valid_signers", JsonValue.texts(List.of("founder", "security")))
                        .build();
        JsonObject document = TestKeys.with(TestKeys.shipped(), "governance", governance);

        assertThat(Quorum.check(keys.sign(document, "founder", "auditor"), ring(), 2))
                .isInstanceOf(NotMet.class);
        assertThat(Quorum.check(keys.sign(document, "founder", "security"), ring(), 2))
                .isInstanceOf(Met.class);
    }

    @Test
    void trustsNobodyWithoutKeys() throws Exception {
        SignedDocument signed = keys.sign(TestKeys.shipped(), "founder", "auditor");

        assertThat(Quorum.check(signed, new KeyRing(Map.of()), 1)).isInstanceOf(NotMet.class);
        assertThat(Quorum.check(signed, ring(), 0)).isInstanceOf(NotMet.class);
    }

    @Test
    void refusesARingWithOneKeyUnderTwoNames() {
        String ring = new String(keys.ring(), StandardCharsets.UTF_8);
        String pem =
                ring.substring(
                        ring.indexOf("-----BEGIN"), ring.indexOf("\"", ring.indexOf("-----BEGIN")));
        String twice =
                "{\"keys\":[{\"signer_id\":\"a\",\"public_key\":\"%s\"},{\"signer_id\":\"b\",\"public_key\":\"%s\"}]}"
                        .formatted(pem, pem);

        assertThatThrownBy(() -> KeyRing.parse(twice.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(MalformedJson.class);
    }

    @Test
    void acceptsABareSignatureForItsKeysOwner() throws Exception {
        JsonObject document =
                TestKeys.with(
                        TestKeys.shipped(),
                        "governance",
                        JsonValue.object().put("signature_threshold", 1).build());
        SignedDocument signed = keys.sign(document, "founder");
        Map<String, String> values = new HashMap<>(SomaBrainLayout.values(signed, "now"));
        values.put(SomaBrainLayout.SIGNATURES, signed.signatures().getFirst().text());

        assertThat(Quorum.check(SomaBrainLayout.parse(values).orElseThrow(), ring(), 1))
                .isInstanceOfSatisfying(
                        Met.class, met -> assertThat(met.signers()).containsExactly("founder"));
    }
}
