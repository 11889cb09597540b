package dev.soma.kamachiq.work;

import dev.soma.kamachiq.work.Payloads.CertificateOrder;
import dev.soma.kamachiq.work.Payloads.ProbeResult;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import java.util.List;

/// The documents of a certification.
final class Probe {
    private Probe() {}

    /// A specification as a person would hand it in.
    static byte[] specification(CertificateOrder order, String text) {
        return CanonicalJson.JCS.bytes(
                JsonValue.object()
                        .put("id", order.account())
                        .put("title", "A calculator")
                        .put("text", text)
                        .put("budget_tokens", order.budgetTokens())
                        .put("timeout_minutes", 30)
                        .put("producer", "model")
                        .put("model", order.model())
                        .build());
    }

    static byte[] report(CertificateOrder order, List<ProbeResult> results) {
        return CanonicalJson.JCS.bytes(
                JsonValue.object()
                        .put("schema", "kq.certificate/v1")
                        .put("tenant", order.tenant())
                        .put("model", order.model())
                        .put("account", order.account())
                        .put(
                                "probes",
                                JsonValue.array(
                                        results.stream()
                                                .map(
                                                        result ->
                                                                JsonValue.object()
                                                                        .put(
                                                                                "spec_sha256",
                                                                                result.spec())
                                                                        .put(
                                                                                "score_bp",
                                                                                result
                                                                                        .basisPoints())
                                                                        .put(
                                                                                "approved",
                                                                                JsonValue.of(
                                                                                        result
                                                                                                .approved()))
                                                                        .put("stop", result.stop())
                                                                        .build())
                                                .toList()))
                        .build());
    }
}
