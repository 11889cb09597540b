package dev.soma.runtime.internal;

import dev.soma.kernel.TraceContext;
import dev.soma.runtime.Traces;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/// [Traces] on the OpenTelemetry SDK: batches, sent by OTLP over HTTP as protobuf. A collector that
/// is away costs spans, which are dropped once the queue is full, and nothing else.
class OtlpTraces implements Traces, AutoCloseable {
    private static final int QUEUE = 8_192;
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int MAX_TEXT = 512;

    private final SdkTracerProvider provider;
    private final Tracer tracer;

    /// @param node id of this node
    OtlpTraces(TelemetrySettings settings, String node) {
        String base = settings.otlpUrl();
        OtlpHttpSpanExporter exporter =
                OtlpHttpSpanExporter.builder()
                        .setEndpoint(
                                (base.endsWith("/") ? base.substring(0, base.length() - 1) : base)
                                        + "/v1/traces")
                        .setTimeout(PATIENCE)
                        .build();
        this.provider =
                SdkTracerProvider.builder()
                        .setResource(
                                Resource.create(
                                        Attributes.of(
                                                AttributeKey.stringKey("service.name"),
                                                "soma-platform",
                                                AttributeKey.stringKey("service.instance.id"),
                                                node)))
                        .setSampler(
                                Sampler.parentBased(
                                        Sampler.traceIdRatioBased(settings.sampleRatio())))
                        .setSpanLimits(
                                SpanLimits.builder().setMaxAttributeValueLength(MAX_TEXT).build())
                        .addSpanProcessor(
                                BatchSpanProcessor.builder(exporter)
                                        .setMaxQueueSize(QUEUE)
                                        .setScheduleDelay(PAUSE)
                                        .setExporterTimeout(PATIENCE)
                                        .build())
                        .build();
        this.tracer = provider.get("dev.soma");
    }

    @Override
    public Span enter(Optional<TraceContext> caller, UUID fresh, String name) {
        SpanBuilder span = tracer.spanBuilder(name).setSpanKind(SpanKind.SERVER);
        return start(
                caller.map(OtlpTraces::under).map(span::setParent).orElseGet(span::setNoParent),
                caller.map(TraceContext::state).orElse(""));
    }

    @Override
    public Span part(TraceContext parent, String name) {
        return start(tracer.spanBuilder(name).setParent(under(parent)), parent.state());
    }

    @Override
    public Span call(TraceContext parent, String name) {
        return start(
                tracer.spanBuilder(name).setSpanKind(SpanKind.CLIENT).setParent(under(parent)),
                parent.state());
    }

    private static Context under(TraceContext parent) {
        return Context.root()
                .with(
                        io.opentelemetry.api.trace.Span.wrap(
                                SpanContext.createFromRemoteParent(
                                        parent.traceId(),
                                        parent.spanId(),
                                        TraceFlags.fromHex(parent.flags(), 0),
                                        TraceState.getDefault())));
    }

    private static Span start(SpanBuilder builder, String state) {
        var span = builder.startSpan();
        SpanContext context = span.getSpanContext();
        return new Kept(
                span,
                new TraceContext(
                        context.getTraceId(),
                        context.getSpanId(),
                        context.getTraceFlags().asHex(),
                        state));
    }

    private record Kept(io.opentelemetry.api.trace.Span span, TraceContext context)
            implements Span {
        @Override
        public Span note(String key, String value) {
            span.setAttribute(key, value);
            return this;
        }

        @Override
        public Span note(String key, long value) {
            span.setAttribute(key, value);
            return this;
        }

        @Override
        public Span failed(String type) {
            span.setStatus(StatusCode.ERROR);
            span.setAttribute("error.type", type);
            return this;
        }

        @Override
        public void end() {
            span.end();
        }
    }

    /// Sends what is left.
    @Override
    public void close() {
        provider.shutdown().join(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }
}
