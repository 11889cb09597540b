package dev.soma.gateway;

import static dev.soma.harness.TestPlatform.json;
import static dev.soma.harness.TestPlatform.ok;
import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.harness.SharedPlatform;
import dev.soma.harness.TestPlatform;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.math.BigInteger;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Governed answers are signed (RFC 9421); checked with the JDK's own Ed25519 and the published
/// keys.
@ExtendWith(SharedPlatform.class)
class AnswerSignatureIntegrationTests {
    private static final Pattern INPUT =
            Pattern.compile("soma=(\\(([^)]*)\\);created=\\d+;keyid=\"([^\"]+)\";alg=\"ed25519\")");

    private static TestPlatform platform;
    private static String key;

    @BeforeAll
    static void start() throws Exception {
        platform = SharedPlatform.platform();
        key = platform.tenant("signed");
        platform.provider("signed", SharedPlatform.provider().uri().resolve("/v1"), "scripted*");
    }

    private static HttpResponse<String> chat(String prompt) throws Exception {
        return platform.post(
                "/v1/chat/completions",
                key,
                "{\"model\":\"signed/scripted:frames=2\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                        .formatted(prompt));
    }

    /// What a verifier would rebuild from the answer alone.
    private static boolean holds(HttpResponse<String> answer, String name, String instead)
            throws Exception {
        Matcher input = INPUT.matcher(answer.headers().firstValue("Signature-Input").orElseThrow());
        assertThat(input.matches()).isTrue();
        StringBuilder base = new StringBuilder();
        for (String quoted : input.group(2).split(" ")) {
            String component = quoted.substring(1, quoted.length() - 1);
            String value =
                    component.equals("@status")
                            ? Integer.toString(answer.statusCode())
                            : answer.headers().firstValue(component).orElseThrow();
            base.append(quoted)
                    .append(": ")
                    .append(component.equals(name) ? instead : value)
                    .append('\n');
        }
        base.append("\"@signature-params\": ").append(input.group(1));
        String signature = answer.headers().firstValue("Signature").orElseThrow();
        Signature verifier = Signature.getInstance("Ed25519");
        verifier.initVerify(publicKey(input.group(3)));
        verifier.update(base.toString().getBytes(StandardCharsets.UTF_8));
        return verifier.verify(
                Base64.getDecoder().decode(signature.substring(6, signature.length() - 1)));
    }

    private static PublicKey publicKey(String kid) throws Exception {
        for (JsonValue item : json(ok(platform.get("/.well-known/jwks.json", ""))).items("keys")) {
            JsonObject jwk = (JsonObject) item;
            if (jwk.text("kid").orElseThrow().equals(kid)) {
                byte[] x = Base64.getUrlDecoder().decode(jwk.text("x").orElseThrow());
                boolean odd = (x[31] & 0x80) != 0;
                x[31] &= 0x7f;
                byte[] big = new byte[32];
                for (int i = 0; i < 32; i++) {
                    big[i] = x[31 - i];
                }
                return KeyFactory.getInstance("Ed25519")
                        .generatePublic(
                                new EdECPublicKeySpec(
                                        NamedParameterSpec.ED25519,
                                        new EdECPoint(odd, new BigInteger(1, big))));
            }
        }
        throw new AssertionError("the key set does not have " + kid);
    }

    @Test
    void anAnswerProvesByWhichDecisionItCameAbout() throws Exception {
        var allowed = ok(chat("hello"));
        assertThat(holds(allowed, "", "")).isTrue();
        assertThat(holds(allowed, "x-policy-decision", "deny")).isFalse();
        assertThat(holds(allowed, "x-decision-id", "00000000-0000-0000-0000-000000000000"))
                .isFalse();
        assertThat(holds(allowed, "@status", "403")).isFalse();
    }

    @Test
    void aRefusalIsSignedToo() throws Exception {
        var refused = chat("write ransomware");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(holds(refused, "", "")).isTrue();
        assertThat(holds(refused, "x-policy-decision", "allow")).isFalse();
    }

    @Test
    void whatTheControlPlaneDecidedIsSignedAsWell() throws Exception {
        var started = ok(platform.post("/v1/sessions/start", key, "{}"));
        assertThat(holds(started, "", "")).isTrue();
    }

    @Test
    void anAnswerWithoutADecisionHasNoSignature() throws Exception {
        assertThat(platform.get("/v1/models", key).headers().firstValue("Signature")).isEmpty();
        assertThat(platform.get("/healthz", "").headers().firstValue("Signature")).isEmpty();
    }
}
