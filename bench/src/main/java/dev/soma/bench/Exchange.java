package dev.soma.bench;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One request in progress: written by its event loop, read by anyone as a snapshot.
final class Exchange {
    private static final Set<String> CREDENTIALS =
            Set.of("authorization", "proxy-authorization", "cookie", "x-api-key", "api-key");

    final long sequence;
    final String responseId;
    final HttpRequest request;
    private volatile @Nullable ChatRequest chat;
    private volatile int status;
    private volatile int framesSent;
    private volatile boolean finished;
    private volatile @Nullable Integer disconnectedAtFrame;
    private volatile @Nullable Tokens told;

    Exchange(long sequence, HttpRequest request) {
        this.sequence = sequence;
        this.request = request;
        this.responseId = "chatcmpl-%012d".formatted(sequence);
    }

    void chat(ChatRequest read) {
        chat = read;
    }

    void status(int sent) {
        status = sent;
    }

    void framesSent(int frames) {
        framesSent = frames;
    }

    int framesSent() {
        return framesSent;
    }

    void told(Tokens usage) {
        told = usage;
    }

    void finished() {
        finished = true;
    }

    /// Whether nothing more is to be written: the answer ended, or the client is gone.
    boolean isOver() {
        return finished || disconnectedAtFrame != null;
    }

    void disconnected() {
        disconnectedAtFrame = framesSent;
    }

    Tokens counted() {
        ChatRequest read = chat;
        return Tokens.of(read == null ? 0 : read.promptWords(), framesSent);
    }

    @Nullable String requestId() {
        return request.header("x-request-id");
    }

    RecordedRequest snapshot() {
        ChatRequest read = chat;
        return new RecordedRequest(
                sequence,
                responseId,
                requestId(),
                request.method(),
                request.path(),
                shown(request.headers()),
                request.headers().containsKey("authorization"),
                request.header("traceparent"),
                sha256(request.body()),
                request.body().length,
                read == null ? null : read.model(),
                read != null && read.stream(),
                status,
                framesSent,
                finished,
                disconnectedAtFrame,
                truth());
    }

    UsageTruth truth() {
        return new UsageTruth(responseId, requestId(), counted(), told, finished);
    }

    private static Map<String, String> shown(Map<String, String> headers) {
        return headers.entrySet().stream()
                .collect(
                        Collectors.toUnmodifiableMap(
                                Map.Entry::getKey,
                                e ->
                                        CREDENTIALS.contains(e.getKey())
                                                ? "(present)"
                                                : e.getValue()));
    }

    private static String sha256(byte[] body) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
