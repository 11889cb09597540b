package dev.soma.conversation;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/// The way back into a session: what was told can be read again from any number, on any node, byte
/// for byte, and what is told from now on follows. Called on an event loop, never blocks it.
public interface Journal {
    /// Reads on after a number.
    ///
    /// @param from where to begin, and whether to go on with what is told later
    Reading read(ActorContext actor, String session, From from, Reader reader);

    /// @param after the last number that the caller has; empty for everything that is kept
    /// @param follow whether to wait for more while a turn runs
    /// @param running the turn that runs and nothing before it; none running is nothing to read
    record From(OptionalLong after, boolean follow, boolean running) {
        public static From after(OptionalLong number, boolean follow) {
            return new From(number, follow, false);
        }

        public static From runningTurn() {
            return new From(OptionalLong.empty(), true, true);
        }
    }

    /// What frames say.
    List<TurnEvent> events(byte[] frames);

    /// What a dialect wanted to be kept of the request of a turn; empty when there is no such turn
    /// of
    /// this caller, or nothing was kept. Fails when the database does not answer.
    CompletableFuture<Optional<JsonObject>> echo(ActorContext actor, UUID turn);

    /// A reading under way.
    interface Reading {
        /// The caller is gone.
        void stop();

        /// Nothing more is read until [#resume].
        void pause();

        void resume();
    }

    /// Hears of a reading, on its event loop: either `refused` or `nothing`, or frames and one
    /// `end`.
    interface Reader {
        void refused(Problem problem);

        /// There is nothing after that number and no turn runs.
        void nothing();

        /// @param bytes whole frames, as they were told the first time
        void frames(byte[] bytes);

        /// Everything was told and no turn runs any more; or the journal cannot be read any longer,
        /// and the caller comes back.
        void end();
    }
}
