package dev.soma.provider;

import dev.soma.events.EventDraft;
import dev.soma.events.EventDraft.Origin;
import dev.soma.events.Topic;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import dev.soma.provider.CallReport.Counted;
import java.util.List;
import java.util.UUID;

/// What is told of calls of providers: one event on each of `slm.requests`, `slm.responses` and
/// `slm.metrics`, written with the settlement of their turn. Their numbers run over the three
/// topics together, for each session from 1 without a gap; `call_id` ties them. Thread-safe.
public final class CallEvents {
    private static final String SUBJECT = "calls/";

    private final Identifiers identifiers;

    public CallEvents(Identifiers identifiers) {
        this.identifiers = identifiers;
    }

    /// Whose call it was.
    public record Caller(TenantId tenant, String session, UUID turn, Origin origin) {}

    public List<EventDraft> of(Caller caller, CallReport call) {
        return List.of(
                draft(caller, Topic.SLM_REQUESTS, "requested", requested(caller, call)),
                draft(caller, Topic.SLM_RESPONSES, "responded", responded(caller, call)),
                draft(caller, Topic.SLM_METRICS, "measured", measured(caller, call)));
    }

    private EventDraft draft(Caller caller, Topic topic, String type, ObjectBuilder data) {
        return new EventDraft(
                identifiers.next(),
                topic,
                caller.tenant(),
                SUBJECT + caller.session(),
                "soma.slm." + type,
                data.build(),
                caller.origin());
    }

    private static ObjectBuilder base(Caller caller, CallReport call) {
        return JsonValue.object()
                .put("call_id", call.id().toString())
                .put("turn_id", caller.turn().toString())
                .put("provider", call.target().provider())
                .put("model", call.target().model());
    }

    private static ObjectBuilder requested(Caller caller, CallReport call) {
        return base(caller, call)
                .put("attempt", call.attempt())
                .put("decision_id", call.decision().toString())
                .put("stream", JsonValue.of(call.asked().stream()))
                .put("max_tokens", call.asked().maxTokens())
                .put("requested_at", call.at().toString());
    }

    private static ObjectBuilder responded(Caller caller, CallReport call) {
        ObjectBuilder data =
                base(caller, call)
                        .put("outcome", call.end().outcome())
                        .put(
                                "responded_at",
                                call.at().plusMillis(call.durationMillis()).toString());
        if (!call.end().finishReason().isEmpty()) {
            data.put("finish_reason", call.end().finishReason());
        }
        return data;
    }

    private static ObjectBuilder measured(Caller caller, CallReport call) {
        ObjectBuilder data =
                base(caller, call)
                        .put("outcome", call.end().outcome())
                        .put("duration_ms", call.durationMillis())
                        .put("counted_by", countedBy(call));
        call.firstMillis().ifPresent(millis -> data.put("ttft_ms", millis));
        call.usage()
                .ifPresent(
                        counted ->
                                data.put(
                                                "tokens",
                                                JsonValue.object()
                                                        .put(
                                                                "input",
                                                                counted.tokens().inputTokens())
                                                        .put(
                                                                "output",
                                                                counted.tokens().outputTokens())
                                                        .build())
                                        .put("cost_micro_usd", counted.microUsd()));
        return data;
    }

    private static String countedBy(CallReport call) {
        return call.usage()
                .map(Counted::byProvider)
                .map(byProvider -> byProvider ? "provider" : "platform")
                .orElse("nobody");
    }
}
