package dev.soma.provider;

import dev.soma.kernel.TenantId;
import dev.soma.kernel.TraceContext;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// Calls models over HTTP in the OpenAI chat dialect.
public interface ProviderClient {
    /// Starts a call. Everything that happens is told to the listener on the event loop of the
    /// calling context, in
    /// order, ended by exactly one `ended`.
    ProviderCall start(ModelTarget target, ProviderRequest request, ProviderListener listener);

    /// @param operation what the model is to do
    /// @param body without `model`, `stream` and `stream_options`, which the client sets
    /// @param headers beside those of the trace; never the caller's credential
    /// @param timeoutMillis for the whole call, what it waits for its turn included
    record ProviderRequest(
            Operation operation,
            JsonObject body,
            boolean stream,
            Map<String, String> headers,
            long timeoutMillis,
            Share share,
            TraceContext trace) {
        public ProviderRequest {
            headers = Map.copyOf(headers);
        }

        public ProviderRequest within(long millis) {
            return new ProviderRequest(operation, body, stream, headers, millis, share, trace);
        }

        /// The same at another hop of its trace.
        public ProviderRequest at(TraceContext hop) {
            return new ProviderRequest(operation, body, stream, headers, timeoutMillis, share, hop);
        }
    }

    /// What a model can do.
    enum Operation {
        CHAT("/chat/completions"),
        /// Vectors for texts, never streamed.
        EMBEDDINGS("/embeddings");

        private final String path;

        Operation(String path) {
            this.path = path;
        }

        /// Below the provider's base.
        public String path() {
            return path;
        }

        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// By what a call takes its turn where a provider serves only so many at once.
    ///
    /// @param prefix equal for calls that begin alike, so that one may use what the provider keeps
    /// of another; looked at within a tenant only
    /// @param tokens that the call uses at most
    record Share(TenantId tenant, String prefix, long tokens) {}

    /// A call under way. Used on its event loop.
    interface ProviderCall {
        /// Ends the call; no `ended` is told after it.
        void cancel();

        /// Stops reading from the provider until [#resume].
        void pause();

        void resume();
    }

    /// What a provider sends, already checked.
    interface ProviderListener {
        /// A piece of the answer's text; never empty.
        void text(String piece);

        /// A piece of what the model thinks before it answers; never empty.
        default void reasoning(String piece) {}

        /// A whole call of a tool: its name is one that was offered, and its arguments are JSON.
        default void tool(String id, String name, String arguments) {}

        /// The vector of a text.
        ///
        /// @param index of the text
        /// @param base64 of its numbers, 32-bit floats with the lowest byte first
        default void embedding(int index, String base64) {}

        /// It waits for its turn; told again when its place changes.
        ///
        /// @param position counted from 1
        /// @param waitMillis until it runs; empty while nothing is known of the provider's pace
        default void queued(int position, OptionalLong waitMillis) {}

        /// Its turn has come, and it goes out now; told where calls take turns.
        default void sent() {}

        void ended(Ending ending);
    }

    /// Tokens as the provider counted them.
    record TokenUsage(long inputTokens, long outputTokens) {}

    /// How a call ended.
    sealed interface Ending {
        /// @param finishReason as OpenAI names it: `stop`, `length`, `content_filter`
        record Completed(String finishReason, Optional<TokenUsage> usage) implements Ending {}

        /// @param kind what happened, for metrics and logs; never the provider's own text
        /// @param status HTTP status of the provider, or 0
        /// @param retryAfterMillis how long the provider asks to be left alone, or 0
        record Failed(Failure kind, int status, Optional<TokenUsage> usage, long retryAfterMillis)
                implements Ending {
            public Failed(Failure kind, int status, Optional<TokenUsage> usage) {
                this(kind, status, usage, 0);
            }
        }
    }

    /// Every way in which a provider can fail.
    enum Failure {
        CONNECT,
        /// It was not called, because it failed too often of late.
        UNAVAILABLE,
        /// Too many wait for it, or it waited too long.
        BUSY,
        /// Its dialect cannot say what is asked.
        UNSUPPORTED,
        TIMEOUT,
        REFUSED,
        CONTEXT_LENGTH,
        RATE_LIMITED,
        SERVER_ERROR,
        CUT,
        MALFORMED,
        TOO_LARGE;

        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// True where the model or its provider is to blame.
        public boolean isOfModel() {
            return switch (this) {
                case CONNECT, TIMEOUT, RATE_LIMITED, SERVER_ERROR, CUT, MALFORMED, TOO_LARGE ->
                        true;
                case UNAVAILABLE, BUSY, UNSUPPORTED, REFUSED, CONTEXT_LENGTH -> false;
            };
        }

        /// True where nothing reached a model, so nothing can have been used.
        public boolean isFree() {
            return this == CONNECT || this == UNAVAILABLE || this == BUSY || this == UNSUPPORTED;
        }
    }
}
