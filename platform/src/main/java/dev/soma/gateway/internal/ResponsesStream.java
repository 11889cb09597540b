package dev.soma.gateway.internal;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.conversation.TurnEvent.Queued;
import dev.soma.conversation.TurnEvent.Switched;
import dev.soma.kernel.Problem;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.metering.Ledger.Usage;

/// The Responses dialect as events, or as one document at the end.
final class ResponsesStream extends EventRenderer {
    private final Exchange exchange;
    private final SseWriter out;
    private final boolean stream;
    private final long after;
    private final ResponsesEvents events;
    private boolean over;

    /// @param after number of the last event that the caller has; -1 for none
    ResponsesStream(Exchange exchange, JsonObject echo, boolean stream, long after) {
        this.exchange = exchange;
        this.out = new SseWriter(exchange.response(), exchange.loop());
        this.stream = stream;
        this.after = after;
        this.events = new ResponsesEvents(echo, new Numbered());
    }

    /// Leaves out what the caller has, without numbering anew.
    private final class Numbered implements ResponsesEvents.Sink {
        private long number;

        @Override
        public void event(String type, JsonObject data, boolean last) {
            boolean wanted = number++ > after;
            over |= last;
            if (!stream) {
                if (last) {
                    exchange.json(200, data.object("response").orElseThrow());
                }
                return;
            }
            if (!out.begun()) {
                out.begin();
            }
            String frame =
                    wanted
                            ? "event: %s\ndata: %s\n\n"
                                    .formatted(type, CanonicalJson.JCS.text(data))
                            : "";
            if (last) {
                out.end(frame);
            } else if (wanted) {
                out.write(frame);
            }
        }
    }

    @Override
    void begin(Began turn) {
        events.begin(turn);
    }

    @Override
    void text(String piece) {
        events.text(piece);
    }

    @Override
    void reasoning(String piece) {
        events.reasoning(piece);
    }

    @Override
    void tool(int index, ToolCall call) {
        events.tool(call);
    }

    @Override
    void queued(Queued place) {
        events.queued(place);
    }

    @Override
    void switched(Switched to) {
        events.switched(to);
    }

    @Override
    void finish(String reason, Usage usage) {
        events.finish(reason, usage);
    }

    @Override
    void stopped(Usage usage) {
        events.stopped(usage);
    }

    /// Whoever waits for one document gets an error; a response that is read again says how it
    /// ended.
    @Override
    void failed(Problem problem, String requestId) {
        if (stream || exchange.isRead()) {
            events.failed(problem);
        } else {
            exchange.refuse(problem);
        }
    }

    /// Nothing more is known: the response as it stands, or the end of the stream.
    void standing() {
        if (over || exchange.response().ended() || exchange.response().closed()) {
            return;
        }
        if (stream) {
            if (!out.begun()) {
                out.begin();
            }
            out.end("");
        } else {
            exchange.json(200, events.standing());
        }
    }

    /// A stream just ends: what is stored can be read on from the last number.
    @Override
    public void lost(Problem problem) {
        if (!out.endIfBegun()) {
            exchange.refuse(problem);
        }
    }

    @Override
    public void heartbeat() {
        out.heartbeat();
    }
}
