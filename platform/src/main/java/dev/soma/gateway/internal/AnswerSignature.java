package dev.soma.gateway.internal;

import dev.soma.identity.AnswerSigner;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;

/// Signs the status and the policy headers of an answer as one HTTP message signature (RFC 9421),
/// so
/// that nobody on the way can change by which decision it came about. Thread-safe.
final class AnswerSignature {
    /// What is covered beside the status, in this order.
    private static final List<String> COVERED =
            List.of(
                    "x-policy-decision",
                    "x-policy-score",
                    "x-constitution-hash",
                    "x-decision-id",
                    "x-request-id");

    private static final String COMPONENTS =
            "(\"@status\" \"" + String.join("\" \"", COVERED) + "\")";

    private final AnswerSigner signer;
    private final InstantSource clock;

    AnswerSignature(AnswerSigner signer, InstantSource clock) {
        this.signer = signer;
        this.clock = clock;
    }

    /// Adds `Signature-Input` and `Signature`. Called once the status and the headers stand; an
    /// answer
    /// without all of the policy headers is left as it is.
    void sign(HttpServerResponse response) {
        if (COVERED.stream().anyMatch(name -> !response.headers().contains(name))) {
            return;
        }
        signer.sign(kid -> message(response, kid))
                .ifPresent(
                        signature ->
                                response.putHeader(
                                        "Signature",
                                        "soma=:"
                                                + Base64.getEncoder().encodeToString(signature)
                                                + ":"));
    }

    /// What is signed; its parameters become a header on the way.
    private byte[] message(HttpServerResponse response, String kid) {
        String parameters =
                "%s;created=%d;keyid=\"%s\";alg=\"ed25519\""
                        .formatted(COMPONENTS, clock.instant().getEpochSecond(), kid);
        byte[] base = base(response, parameters).getBytes(StandardCharsets.UTF_8);
        response.putHeader("Signature-Input", "soma=" + parameters);
        return base;
    }

    /// The signature base, section 2.5.
    private static String base(HttpServerResponse response, String parameters) {
        StringBuilder base =
                new StringBuilder("\"@status\": ").append(response.getStatusCode()).append('\n');
        for (String name : COVERED) {
            base.append('"').append(name).append("\": ");
            base.append(String.valueOf(response.headers().get(name)).strip()).append('\n');
        }
        return base.append("\"@signature-params\": ").append(parameters).toString();
    }
}
