package dev.soma.slm;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A span for each answer, under the caller's, sent by OTLP where an address is given; names follow
/// OpenTelemetry's for generative AI. Nothing of a prompt or an answer is in it. Thread-safe.
final class Tracing implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Optional<SdkTracerProvider> provider;
    private final Tracer tracer;
    private final String model;

    /// @param otlpUrl such as `http://127.0.0.1:4318`; empty for none
    Tracing(String otlpUrl, String model) {
        this.model = model;
        this.provider = otlpUrl.isEmpty() ? Optional.empty() : Optional.of(provider(otlpUrl));
        this.tracer =
                provider.<TracerProvider>map(kept -> kept)
                        .orElse(TracerProvider.noop())
                        .get("dev.soma.slm");
    }

    private static SdkTracerProvider provider(String otlpUrl) {
        String base = otlpUrl.endsWith("/") ? otlpUrl.substring(0, otlpUrl.length() - 1) : otlpUrl;
        return SdkTracerProvider.builder()
                .setResource(
                        Resource.create(
                                Attributes.of(AttributeKey.stringKey("service.name"), "soma-slm")))
                .setSampler(Sampler.parentBased(Sampler.alwaysOn()))
                .addSpanProcessor(
                        BatchSpanProcessor.builder(
                                        OtlpHttpSpanExporter.builder()
                                                .setEndpoint(base + "/v1/traces")
                                                .setTimeout(PATIENCE)
                                                .build())
                                .setScheduleDelay(Duration.ofSeconds(1))
                                .setExporterTimeout(PATIENCE)
                                .build())
                .build();
    }

    /// One answer, from its place in the line on.
    ///
    /// @param traceParent well-formed
    /// @param waitedNanos since it came
    Span answer(Optional<String> traceParent, long waitedNanos) {
        long now = System.currentTimeMillis();
        var span =
                tracer.spanBuilder("chat " + model)
                        .setSpanKind(SpanKind.SERVER)
                        .setStartTimestamp(
                                now - TimeUnit.NANOSECONDS.toMillis(waitedNanos),
                                TimeUnit.MILLISECONDS)
                        .setAttribute("gen_ai.operation.name", "chat")
                        .setAttribute("gen_ai.provider.name", "soma.slm")
                        .setAttribute("gen_ai.request.model", model)
                        .setAttribute("gen_ai.response.model", model)
                        .setAttribute(
                                "soma.slm.queue_ms", TimeUnit.NANOSECONDS.toMillis(waitedNanos));
        return traceParent
                .map(parent -> span.setParent(under(parent)))
                .orElseGet(span::setNoParent)
                .startSpan();
    }

    private static Context under(String traceParent) {
        return Context.root()
                .with(
                        Span.wrap(
                                SpanContext.createFromRemoteParent(
                                        traceParent.substring(3, 35),
                                        traceParent.substring(36, 52),
                                        TraceFlags.fromHex(traceParent, 53),
                                        TraceState.getDefault())));
    }

    /// @param end how it ended: a finish reason, `cancelled` or `failed`
    static void end(Span span, String end, long promptTokens, long completionTokens) {
        span.setAttribute("gen_ai.usage.input_tokens", promptTokens)
                .setAttribute("gen_ai.usage.output_tokens", completionTokens)
                .setAttribute("gen_ai.response.finish_reasons", end);
        if (end.equals("failed")) {
            span.setStatus(StatusCode.ERROR).setAttribute("error.type", "decode_failed");
        }
        span.end();
    }

    /// Sends what is left.
    @Override
    public void close() {
        provider.ifPresent(
                kept -> kept.shutdown().join(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
    }
}
