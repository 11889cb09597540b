package dev.soma.runtime;

import dev.soma.kernel.TraceContext;
import java.util.Optional;
import java.util.UUID;

/// The spans of this process (OpenTelemetry), sent to where `soma.telemetry.otlp-url` says. Without
/// one nothing is kept, and contexts go from hop to hop all the same. Spans carry names, counts and
/// ids, and nothing that anybody said. Thread-safe.
public interface Traces {
    /// A request arrives from outside.
    ///
    /// @param caller what it sent of a trace
    /// @param fresh begins a new trace where it sent none
    /// @param name such as `POST /v1/messages`
    Span enter(Optional<TraceContext> caller, UUID fresh, String name);

    /// A part of the work of this process.
    Span part(TraceContext parent, String name);

    /// A call of another process.
    Span call(TraceContext parent, String name);

    /// One span. Used by one thread at a time; has to be ended once, later ends do nothing.
    interface Span {
        /// What the next hop is told.
        TraceContext context();

        Span note(String key, String value);

        Span note(String key, long value);

        /// It went wrong.
        ///
        /// @param type from a closed set of names
        Span failed(String type);

        void end();
    }

    /// Keeps nothing.
    Traces NONE =
            new Traces() {
                @Override
                public Span enter(Optional<TraceContext> caller, UUID fresh, String name) {
                    return new Unkept(TraceContext.next(caller, fresh));
                }

                @Override
                public Span part(TraceContext parent, String name) {
                    return new Unkept(parent);
                }

                @Override
                public Span call(TraceContext parent, String name) {
                    return new Unkept(parent);
                }
            };

    /// A span that is not kept.
    record Unkept(TraceContext context) implements Span {
        @Override
        public Span note(String key, String value) {
            return this;
        }

        @Override
        public Span note(String key, long value) {
            return this;
        }

        @Override
        public Span failed(String type) {
            return this;
        }

        @Override
        public void end() {}
    }
}
