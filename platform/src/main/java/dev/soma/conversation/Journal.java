package dev.soma.conversation;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Problem;
import java.util.OptionalLong;

/// The way back into a session: what was told can be read again from any number, on any node, byte
/// for byte, and what is told from now on follows. Called on an event loop, never blocks it.
public interface Journal {
    /// Reads on after a number.
    ///
    /// @param after the last number that the caller has; empty for everything that is kept
    Reading read(ActorContext actor, String session, OptionalLong after, Reader reader);

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
