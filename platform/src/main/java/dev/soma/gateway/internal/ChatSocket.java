package dev.soma.gateway.internal;

import dev.soma.conversation.Frames;
import dev.soma.conversation.Journal;
import dev.soma.conversation.Journal.From;
import dev.soma.conversation.Journal.Reader;
import dev.soma.conversation.Journal.Reading;
import dev.soma.conversation.TurnEvent;
import dev.soma.conversation.Turns;
import dev.soma.conversation.Turns.Refused;
import dev.soma.conversation.Turns.Review;
import dev.soma.conversation.Turns.Turn;
import dev.soma.conversation.Turns.TurnListener;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonText;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import io.vertx.core.http.ServerWebSocket;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// `GET /v1/chat/stream` as a WebSocket: the same events as text messages
/// `{"id":N,"event":"...","data":{...}}`, and a caller who may speak meanwhile: `input` begins a
/// turn,
/// `stop` ends the one that runs, `resume` reads on in a session, `ack` says how far the caller has
/// read. One thing is under way at a time. Lives on one event loop.
final class ChatSocket implements TurnListener, Reader {
    /// Messages that may be sent before the caller acknowledges one, where it acknowledges at all.
    private static final long WINDOW = 256;

    private final ServerWebSocket socket;
    private final Turns turns;
    private final Journal journal;
    private final ActorContext actor;
    private final Counted counted;
    private @Nullable Turn turn;
    private @Nullable Reading reading;
    private long sent;
    private long acknowledged = -1;
    private boolean busy;
    private boolean held;

    /// Counts the turns of a connection, for the metrics and for whoever waits for them to end.
    interface Counted {
        void began();

        /// @param decision as the metrics name it
        void ended(String decision);
    }

    ChatSocket(
            ServerWebSocket socket,
            Turns turns,
            Journal journal,
            ActorContext actor,
            Counted counted) {
        this.counted = counted;
        this.socket = socket;
        this.turns = turns;
        this.journal = journal;
        this.actor = actor;
    }

    void open() {
        socket.textMessageHandler(this::hear);
        socket.closeHandler(closed -> left());
        socket.exceptionHandler(failure -> socket.close());
        socket.drainHandler(drained -> letGo());
    }

    private void hear(String message) {
        try {
            BodyReader body = BodyReader.of(message.getBytes(StandardCharsets.UTF_8));
            switch (body.text("type")) {
                case "input" -> input(body);
                case "stop" -> stop(body);
                case "resume" -> resume(body);
                case "ack" -> acknowledge(body);
                default -> throw body.refused("type", "must be input, stop, resume or ack");
            }
        } catch (ProblemException e) {
            problem("error", e.problem());
        }
    }

    private void input(BodyReader body) {
        requireIdle(body);
        TurnRequest request = NativeChat.read(body, true);
        busy = true;
        counted.began();
        Turn begun = turns.begin(actor, request, this);
        // A refusal may be told before this is.
        turn = busy ? begun : null;
    }

    private void requireIdle(BodyReader body) {
        if (busy) {
            throw body.refused("type", "cannot be sent before what is under way has ended");
        }
    }

    private void stop(BodyReader body) {
        String reason = body.optionalText("reason").orElse("requested");
        body.finish();
        if (reason.isBlank() || reason.length() > 256) {
            throw body.refused("reason", "must have 1 to 256 characters");
        }
        if (turn != null) {
            turn.stop(reason);
        }
    }

    private void resume(BodyReader body) {
        requireIdle(body);
        String session = body.text("session_id");
        OptionalLong after = body.optionalLong("after", 0, (1L << 53) - 1);
        body.finish();
        busy = true;
        reading = journal.read(actor, session, From.after(after, true), this);
    }

    /// From the first acknowledgement on, no more than a window is sent ahead of the last.
    private void acknowledge(BodyReader body) {
        OptionalLong id = body.optionalLong("id", 0, (1L << 53) - 1);
        body.finish();
        acknowledged = Math.max(acknowledged, id.orElse(sent));
        letGo();
    }

    @Override
    public void frames(Frames frames) {
        frames(frames.bytes());
        if (frames.events().getLast() instanceof TurnEvent.Ended) {
            counted.ended("allow");
            over();
        }
    }

    /// Frames of the journal, each as a message.
    @Override
    public void frames(byte[] bytes) {
        for (String frame : new String(bytes, StandardCharsets.UTF_8).split("\n\n", -1)) {
            if (!frame.isEmpty()) {
                send(frame);
            }
        }
        holdBack();
    }

    private void send(String frame) {
        int name = frame.indexOf("\nevent: ");
        int data = frame.indexOf("\ndata: ", name);
        String id = frame.substring("id: ".length(), name);
        sent = Long.parseLong(id);
        StringBuilder message = new StringBuilder(frame.length() + 16);
        message.append("{\"id\":").append(id).append(",\"event\":");
        JsonText.append(message, frame.substring(name + 8, data));
        message.append(",\"data\":").append(frame, data + 7, frame.length()).append('}');
        write(message.toString());
    }

    private void write(String message) {
        if (!socket.isClosed()) {
            socket.writeTextMessage(message);
        }
    }

    private void holdBack() {
        boolean ahead = acknowledged >= 0 && sent - acknowledged > WINDOW;
        if (!held && (ahead || socket.writeQueueFull())) {
            held = true;
            if (turn != null) {
                turn.pause();
            }
            if (reading != null) {
                reading.pause();
            }
        }
    }

    private void letGo() {
        boolean ahead = acknowledged >= 0 && sent - acknowledged > WINDOW;
        if (held && !ahead) {
            held = false;
            if (turn != null) {
                turn.resume();
            }
            if (reading != null) {
                reading.resume();
            }
        }
    }

    @Override
    public boolean waits() {
        return true;
    }

    @Override
    public void review(Review review) {
        JsonObject data =
                JsonValue.object()
                        .put("approval_id", review.decision().id().toString())
                        .put("expires_at", review.expiresAt().toString())
                        .build();
        event("turn.review", data);
    }

    @Override
    public void refused(Refused refusal) {
        problem("turn.refused", refusal.problem());
        counted.ended(
                refusal.decision()
                        .map(decision -> decision.verdict().word().wireName())
                        .orElse("refused"));
        over();
    }

    @Override
    public void refused(Problem problem) {
        problem("error", problem);
        over();
    }

    /// The caller resumes, here or on another connection.
    @Override
    public void lost() {
        problem(
                "error",
                Problem.of(
                        ProblemKind.ENGINE_UNAVAILABLE,
                        "Another node has ended the turn; resume the session."));
        counted.ended("allow");
        over();
    }

    @Override
    public void nothing() {
        end();
    }

    @Override
    public void end() {
        event("resumed", JsonValue.object().put("last", sent).build());
        over();
    }

    private void problem(String name, Problem problem) {
        event(name, JsonValue.object().put("problem", problem.document(actor.requestId())).build());
    }

    private void event(String name, JsonObject data) {
        write(
                CanonicalJson.JCS.text(
                        JsonValue.object().put("event", name).put("data", data).build()));
    }

    private void over() {
        busy = false;
        turn = null;
        reading = null;
        held = false;
    }

    private void left() {
        if (turn != null) {
            turn.disconnect();
        }
        if (reading != null) {
            reading.stop();
        }
    }
}
