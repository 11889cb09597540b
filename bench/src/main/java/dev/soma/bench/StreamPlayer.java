package dev.soma.bench;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Plays one streamed answer onto a socket, as fast as the client reads or at the script's pace.
final class StreamPlayer {
    private static final long LATE_USAGE_MILLIS = 200;
    private static final long SPLIT_MILLIS = 2;

    private final Vertx vertx;
    private final NetSocket socket;
    private final Script script;
    private final ChatRequest chat;
    private final Exchange exchange;
    private final Chunks chunks;
    private final Ending ending;
    private final int first;
    private final ArrayDeque<Step> queue = new ArrayDeque<>();
    private int frame;
    private long emptyDeltas;
    private long startedNanos;
    private boolean tail;
    private @Nullable Tokens telling;

    private sealed interface Step {
        record Write(Buffer bytes) implements Step {}

        record Pause(long millis) implements Step {}

        record Told(Tokens usage) implements Step {}

        record Stall() implements Step {}

        record End(boolean close) implements Step {}
    }

    /// What to do when the script is played: keep the connection, or close it where the script
    /// says.
    interface Ending {
        void ended(boolean close);
    }

    StreamPlayer(
            Vertx vertx,
            NetSocket socket,
            Script script,
            Exchange exchange,
            ChatRequest chat,
            Ending ending) {
        this.vertx = vertx;
        this.socket = socket;
        this.script = script;
        this.exchange = exchange;
        this.chat = chat;
        this.ending = ending;
        this.chunks =
                new Chunks(exchange.responseId, script.name(), System.currentTimeMillis() / 1000);
        this.first = Words.framesIn(script, chat.assistantPrefix());
        this.frame = first;
    }

    void start(Buffer head) {
        startedNanos = System.nanoTime();
        queue.add(new Step.Write(head));
        write(chunks.role());
        for (int word = 1; word <= script.number(ScriptKey.REASONING); word++) {
            write(chunks.reasoning("because" + word + " "));
        }
        play();
    }

    /// Ends with the connection: a closed exchange plays no further.
    private void play() {
        while (!exchange.isOver()) {
            if (socket.writeQueueFull()) {
                socket.drainHandler(drained -> play());
                return;
            }
            Step step = queue.isEmpty() ? next() : queue.removeFirst();
            switch (step) {
                case Step.Write(Buffer bytes) -> socket.write(bytes);
                case Step.Told(Tokens usage) -> exchange.told(usage);
                case Step.Pause(long millis) -> {
                    vertx.setTimer(millis, fired -> play());
                    return;
                }
                case Step.Stall() -> {
                    return;
                }
                case Step.End(boolean close) -> {
                    ending.ended(close);
                    return;
                }
            }
        }
    }

    private Step next() {
        if (script.number(ScriptKey.CUT) == frame - first) {
            return new Step.End(true);
        }
        if (script.number(ScriptKey.STALL) == frame - first) {
            return new Step.Stall();
        }
        if (emptyDeltas < script.number(ScriptKey.EMPTY_DELTAS)) {
            emptyDeltas++;
            return new Step.Write(chunk(chunks.empty()));
        }
        if (frame < script.frames()) {
            long wait = plannedWait();
            return wait > 0 ? new Step.Pause(wait) : content();
        }
        if (!tail) {
            tail = true;
            end();
            return queue.removeFirst();
        }
        return new Step.End(false);
    }

    private long plannedWait() {
        long pace = script.number(ScriptKey.PACE);
        if (pace == 0) {
            return 0;
        }
        long planned = startedNanos + (frame - first) * pace * 1_000_000;
        return Math.ceilDiv(planned - System.nanoTime(), 1_000_000L);
    }

    /// The next content frame, or as many as the script wants in one write.
    private Step content() {
        StringBuilder events = new StringBuilder(256);
        long burst = Math.max(1, script.number(ScriptKey.BURST));
        for (long k = 0; k < burst && frame < script.frames(); k++) {
            int position = frame + 1 - first;
            String word = Words.word(script, ++frame);
            if (script.number(ScriptKey.ERROR_FRAME) == position) {
                write(events + Chunks.ERROR);
                queue.add(new Step.Write(Wire.LAST_CHUNK));
                queue.add(new Step.End(false));
                return queue.removeFirst();
            }
            boolean broken = script.number(ScriptKey.MALFORMED) == position;
            events.append(
                    broken ? chunks.malformed(word) : chunks.content(word, running(position)));
            exchange.framesSent(position);
            if (script.number(ScriptKey.CUT) == position
                    || script.number(ScriptKey.STALL) == position) {
                break;
            }
        }
        write(events.toString());
        return queue.removeFirst();
    }

    private @Nullable Tokens running(int position) {
        if (script.usage() != ScriptKey.UsageMode.EVERY) {
            return null;
        }
        return told(Tokens.of(chat.promptWords(), position));
    }

    private void end() {
        Tokens usage = Usage.told(script, exchange.counted());
        for (int call = 0; call < script.number(ScriptKey.TOOLS); call++) {
            write(chunks.tool(call, script.flag(ScriptKey.BAD_TOOLS)));
        }
        boolean atFinish = script.usage() == ScriptKey.UsageMode.WRONGCHOICES;
        write(chunks.finish(script.finish(), atFinish && usage != null ? told(usage) : null));
        boolean asked = script.usage() == ScriptKey.UsageMode.HONEST && chat.includeUsage();
        switch (script.usage()) {
            case LATE -> {
                queue.add(new Step.Pause(LATE_USAGE_MILLIS));
                writeUsage(usage);
                writeDone();
            }
            case AFTERDONE -> {
                writeDone();
                writeUsage(usage);
            }
            case ALWAYS, NEGATIVE, HUGE -> {
                writeUsage(usage);
                writeDone();
            }
            case HONEST -> {
                writeUsage(asked ? usage : null);
                writeDone();
            }
            case NONE, EVERY, WRONGCHOICES -> writeDone();
        }
        queue.add(new Step.Write(Wire.LAST_CHUNK));
    }

    private void writeUsage(@Nullable Tokens usage) {
        if (usage != null) {
            write(chunks.usageOnly(told(usage)));
        }
    }

    private void writeDone() {
        if (!script.flag(ScriptKey.NO_DONE)) {
            write(Chunks.DONE);
        }
    }

    /// Notes that the next events carry this usage; it counts as told once they are written.
    private Tokens told(Tokens usage) {
        telling = usage;
        return usage;
    }

    private Buffer chunk(String event) {
        byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
        return Wire.chunk(bytes, 0, bytes.length);
    }

    private void write(String events) {
        byte[] bytes = events.getBytes(StandardCharsets.UTF_8);
        switch (script.split()) {
            case NONE -> queue.add(new Step.Write(Wire.chunk(bytes, 0, bytes.length)));
            case BYTES -> {
                for (int i = 0; i < bytes.length; i++) {
                    queue.add(new Step.Write(Wire.chunk(bytes, i, i + 1)));
                }
            }
            case UTF8 -> {
                int middle = insideACharacter(bytes);
                if (middle > 0) {
                    queue.add(new Step.Write(Wire.chunk(bytes, 0, middle)));
                    queue.add(new Step.Pause(SPLIT_MILLIS));
                }
                queue.add(new Step.Write(Wire.chunk(bytes, middle, bytes.length)));
            }
        }
        if (telling != null) {
            queue.add(new Step.Told(telling));
            telling = null;
        }
    }

    /// The index of the first continuation byte of UTF-8, 0 when all is ASCII.
    private static int insideACharacter(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            if ((bytes[i] & 0xC0) == 0x80) {
                return i;
            }
        }
        return 0;
    }
}
