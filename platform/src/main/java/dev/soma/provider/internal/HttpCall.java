package dev.soma.provider.internal;

import dev.soma.provider.ProviderClient.Ending;
import dev.soma.provider.ProviderClient.Failure;
import dev.soma.provider.ProviderClient.Operation;
import dev.soma.provider.ProviderClient.ProviderCall;
import dev.soma.provider.ProviderClient.ProviderListener;
import dev.soma.provider.ProviderClient.ProviderRequest;
import io.vertx.core.AsyncResult;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One call under way. Lives on one event loop, so it needs no locks; `ended` is told exactly once.
final class HttpCall implements ProviderCall {
    /// How OpenAI and Anthropic say that a prompt does not fit.
    private static final List<String> TOO_LONG =
            List.of("context_length_exceeded", "prompt is too long");

    private static final int MAX_ERROR_BYTES = 65_536;

    private final Vertx vertx;
    private final ProviderSettings settings;
    private final ProviderRequest request;
    private final ProviderListener listener;
    private final AnswerReader answer;
    private final SseReader events;
    private final Buffer whole = Buffer.buffer();
    private @Nullable HttpClientRequest wire;
    private @Nullable HttpClientResponse response;
    private long deadlineTimer = -1;
    private long silenceTimer = -1;
    private final SplitCharacters said = new SplitCharacters();
    private final SplitCharacters thoughts = new SplitCharacters();
    private long received;
    private boolean over;
    private boolean paused;

    HttpCall(
            Vertx vertx,
            ProviderSettings settings,
            ProviderRequest request,
            ProviderListener listener,
            AnswerReader answer) {
        this.answer = answer;
        this.vertx = vertx;
        this.settings = settings;
        this.request = request;
        this.listener = listener;
        this.events = new SseReader(settings.maxAnswerBytes());
        this.deadlineTimer =
                vertx.setTimer(
                        Math.max(1, request.timeoutMillis()), timer -> fail(Failure.TIMEOUT, 0));
    }

    /// The provider's dialect cannot say what is asked.
    void unsupported() {
        fail(Failure.UNSUPPORTED, 0);
    }

    void opened(AsyncResult<HttpClientRequest> opened, Buffer body) {
        if (opened.failed()) {
            fail(Failure.CONNECT, 0);
            return;
        }
        HttpClientRequest sent = opened.result();
        if (over) {
            sent.reset();
            return;
        }
        wire = sent;
        expectWithin(settings.firstByteTimeoutMillis());
        sent.exceptionHandler(failure -> fail(Failure.CUT, 0));
        sent.send(body).onSuccess(this::answered).onFailure(failure -> fail(Failure.CUT, 0));
    }

    private void answered(HttpClientResponse head) {
        if (over) {
            return;
        }
        response = head;
        if (paused) {
            head.pause();
        }
        head.exceptionHandler(failure -> fail(Failure.CUT, head.statusCode()));
        if (head.statusCode() != 200) {
            head.handler(this::collectError);
            head.endHandler(end -> fail(refusal(head.statusCode()), head.statusCode()));
            return;
        }
        String type = Optional.ofNullable(head.getHeader("content-type")).orElse("");
        if (!type.startsWith(request.stream() ? "text/event-stream" : "application/json")) {
            fail(Failure.MALFORMED, 200);
            return;
        }
        head.handler(request.stream() ? this::streamed : this::collected);
        head.endHandler(end -> finished());
    }

    private void collectError(Buffer part) {
        whole.appendBuffer(part);
        if (whole.length() > MAX_ERROR_BYTES && response != null) {
            fail(refusal(response.statusCode()), response.statusCode());
        }
    }

    private Failure refusal(int status) {
        if (status == 429) {
            return Failure.RATE_LIMITED;
        }
        if (status >= 500 || status == 408) {
            return Failure.SERVER_ERROR;
        }
        String told = whole.toString(StandardCharsets.UTF_8);
        boolean tooLong = TOO_LONG.stream().anyMatch(told::contains);
        return tooLong ? Failure.CONTEXT_LENGTH : Failure.REFUSED;
    }

    private boolean accept(Buffer part) {
        received += part.length();
        if (received > settings.maxAnswerBytes()) {
            fail(Failure.TOO_LARGE, 200);
            return false;
        }
        expectWithin(settings.idleTimeoutMillis());
        return !over;
    }

    private void collected(Buffer part) {
        if (accept(part)) {
            whole.appendBuffer(part);
        }
    }

    private void streamed(Buffer part) {
        if (!accept(part)) {
            return;
        }
        try {
            events.feed(part.getBytes(), this::event);
        } catch (SseReader.TooLarge e) {
            fail(Failure.TOO_LARGE, 200);
        }
    }

    private void event(byte[] data, int length) {
        if (over || answer.done()) {
            return;
        }
        if (!answer.read(data, length)) {
            fail(Failure.MALFORMED, 200);
        } else if (answer.error()) {
            fail(Failure.SERVER_ERROR, 200);
        } else {
            tellChunk();
        }
    }

    private void tellChunk() {
        String thought = answer.reasoning().isEmpty() ? "" : thoughts.whole(answer.reasoning());
        if (!thought.isEmpty()) {
            listener.reasoning(thought);
        }
        if (!over && !answer.text().isEmpty()) {
            tell(answer.text());
        }
    }

    private void tell(String text) {
        String whole = said.whole(text);
        if (!whole.isEmpty()) {
            listener.text(whole);
        }
    }

    /// The provider closed its answer: complete if it said why it stopped, else cut.
    private void finished() {
        if (over) {
            return;
        }
        if (request.operation() == Operation.EMBEDDINGS) {
            embedded();
            return;
        }
        if (!request.stream()) {
            byte[] bytes = whole.getBytes();
            if (!answer.read(bytes, bytes.length)
                    || answer.error()
                    || answer.finishReason().isEmpty()) {
                fail(Failure.MALFORMED, 200);
                return;
            }
            tellChunk();
        } else if (!answer.done() || answer.finishReason().isEmpty()) {
            fail(Failure.CUT, 200);
            return;
        }
        if (over) {
            return;
        }
        if (!answer.tellTools(request.body(), listener::tool)) {
            fail(Failure.MALFORMED, 200);
        } else if (!over) {
            complete();
        }
    }

    private void embedded() {
        Optional<Vectors> read = Vectors.read(whole.getBytes(), request.body());
        if (read.isEmpty()) {
            fail(Failure.MALFORMED, 200);
            return;
        }
        List<String> vectors = read.get().base64();
        for (int i = 0; i < vectors.size() && !over; i++) {
            listener.embedding(i, vectors.get(i));
        }
        if (!over) {
            end(new Ending.Completed("stop", read.get().usage()));
        }
    }

    private void complete() {
        end(new Ending.Completed(answer.finishReason().orElse("stop"), answer.usage()));
    }

    private void fail(Failure kind, int status) {
        if (over) {
            return;
        }
        end(new Ending.Failed(kind, status, answer.usage(), retryAfterMillis()));
        if (wire != null) {
            wire.reset();
        }
    }

    /// Seconds only; a date says nothing that the platform would rely on.
    private long retryAfterMillis() {
        String given = response == null ? null : response.getHeader("retry-after");
        return given != null && given.matches("[0-9]{1,5}") ? Long.parseLong(given) * 1_000 : 0;
    }

    private void end(Ending ending) {
        close();
        listener.ended(ending);
    }

    private void close() {
        over = true;
        vertx.cancelTimer(deadlineTimer);
        vertx.cancelTimer(silenceTimer);
    }

    private void expectWithin(long millis) {
        vertx.cancelTimer(silenceTimer);
        silenceTimer = vertx.setTimer(millis, timer -> silent(millis));
    }

    /// Silence counts only while this side is reading.
    private void silent(long millis) {
        if (paused) {
            expectWithin(millis);
        } else {
            fail(Failure.TIMEOUT, 0);
        }
    }

    @Override
    public void cancel() {
        if (!over) {
            close();
            if (wire != null) {
                wire.reset();
            }
        }
    }

    @Override
    public void pause() {
        paused = true;
        if (response != null && !over) {
            response.pause();
        }
    }

    @Override
    public void resume() {
        paused = false;
        if (response != null && !over) {
            response.resume();
        }
    }
}
