package dev.soma.slm;

import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Writes one answer to its client, whole or piece by piece. Runs on the event loop.
sealed interface ChatReply {
    /// Names the answer in each document of it.
    record Head(String id, long createdSeconds, String model) {
        ObjectNode document(String object) {
            ObjectNode document = Json.object();
            document.put("id", id);
            document.put("object", object);
            document.put("created", createdSeconds);
            document.put("model", model);
            return document;
        }
    }

    /// Exact counts; a client pays by them.
    record Usage(int promptTokens, int completionTokens) {
        ObjectNode document() {
            ObjectNode usage = Json.object();
            usage.put("prompt_tokens", promptTokens);
            usage.put("completion_tokens", completionTokens);
            usage.put("total_tokens", promptTokens + completionTokens);
            return usage;
        }
    }

    /// Writes text; returns true when the client should be given time to read.
    boolean text(String piece);

    void finish(String reason, Usage usage);

    void fail(Refusal refusal);

    /// One JSON document at the end.
    record Whole(Call call, Head head, StringBuilder content) implements ChatReply {
        @Override
        public boolean text(String piece) {
            content.append(piece);
            return false;
        }

        @Override
        public void finish(String reason, Usage usage) {
            ObjectNode message = Json.object();
            message.put("role", "assistant");
            message.put("content", content.toString());
            message.putNull("refusal");
            ObjectNode choice = Json.object();
            choice.put("index", 0);
            choice.set("message", message);
            choice.putNull("logprobs");
            choice.put("finish_reason", reason);
            ObjectNode document = head.document("chat.completion");
            document.set("choices", Json.array().add(choice));
            document.set("usage", usage.document());
            call.answer(200, document);
        }

        @Override
        public void fail(Refusal refusal) {
            call.refuse(refusal);
        }
    }

    /// Server-sent events. The response begins with the first text, so that whatever fails before
    /// still has its HTTP status; usage is the last chunk before `[DONE]`.
    final class Streamed implements ChatReply {
        private static final int WRITE_QUEUE_BYTES = 16 << 10;

        private final Call call;
        private final Head head;
        private boolean begun;

        Streamed(Call call, Head head) {
            this.call = call;
            this.head = head;
        }

        @Override
        public boolean text(String piece) {
            begin();
            ObjectNode delta = Json.object();
            delta.put("content", piece);
            chunk(delta, null);
            return call.response().writeQueueFull();
        }

        @Override
        public void finish(String reason, Usage usage) {
            begin();
            chunk(Json.object(), reason);
            ObjectNode last = head.document("chat.completion.chunk");
            last.set("choices", Json.array());
            last.set("usage", usage.document());
            event(Json.write(last));
            event("[DONE]");
            call.response().end();
        }

        /// After the first text an error is an event, and the missing `[DONE]` marks the answer as
        /// broken.
        @Override
        public void fail(Refusal refusal) {
            if (!begun) {
                call.refuse(refusal);
                return;
            }
            event(Json.write(refusal.envelope()));
            call.response().end();
        }

        private void begin() {
            if (begun) {
                return;
            }
            begun = true;
            call.begin();
            HttpServerResponse response = call.response();
            response.setChunked(true);
            response.setWriteQueueMaxSize(WRITE_QUEUE_BYTES);
            response.putHeader("content-type", "text/event-stream; charset=utf-8");
            response.putHeader("cache-control", "no-store");
            ObjectNode delta = Json.object();
            delta.put("role", "assistant");
            delta.put("content", "");
            chunk(delta, null);
        }

        private void chunk(ObjectNode delta, @Nullable String reason) {
            ObjectNode choice = Json.object();
            choice.put("index", 0);
            choice.set("delta", delta);
            choice.put("finish_reason", reason);
            ObjectNode document = head.document("chat.completion.chunk");
            document.set("choices", Json.array().add(choice));
            event(Json.write(document));
        }

        private void event(String data) {
            call.response().write("data: " + data + "\n\n");
        }
    }
}
