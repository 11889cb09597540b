package dev.soma.conversation.internal;

import dev.soma.conversation.Frames;
import dev.soma.conversation.TurnEvent;
import dev.soma.conversation.internal.TurnWrite.Append;
import dev.soma.conversation.internal.TurnWrite.End;
import dev.soma.conversation.internal.TurnWrite.TurnEnd;
import dev.soma.conversation.internal.TurnWrite.TurnKey;
import dev.soma.kernel.Digest;
import dev.soma.metering.Ledger.Usage;
import dev.soma.provider.CallReport;
import io.vertx.core.Context;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// What an admitted turn says: into the journal first, and to its caller once the disk has it. One
/// burst is under way at a time; what comes meanwhile leaves with the next, so that a slow disk
/// makes
/// bursts larger and nobody waits for a timer. Lives on one event loop.
final class TurnVoice {
    /// Characters that may wait for the disk before the provider is held back.
    private static final int MAX_WAITING = 262_144;

    private final TurnKey key;
    private final TurnJournal journal;
    private final boolean atOnce;
    private final TurnCommitter committer;
    private final Context loop;
    private final Ears ears;
    private final MessageDigest digest = Digest.newSha256();
    private @Nullable Runnable closing;
    private boolean scheduled;
    private boolean underWay;
    private boolean full;
    private boolean lost;

    /// Hears what became of what was said.
    interface Ears {
        /// On disk, to be told to the caller.
        void written(Frames frames);

        /// Another node has ended this turn; nothing more may be said.
        void fenced();

        /// Too much waits for the disk.
        void full();

        /// There is room again.
        void roomy();
    }

    /// Hears of the end.
    @FunctionalInterface
    interface Told {
        /// @param written false when another node had ended the turn
        void ended(boolean written, Frames last);
    }

    /// @param beginning the turn's first event
    /// @param atOnce whether the caller hears events as they come, so that the admission has put
    /// the
    /// first into the journal already; else all leave with the end
    TurnVoice(
            TurnKey key,
            Frames beginning,
            boolean atOnce,
            TurnCommitter committer,
            Context loop,
            Ears ears) {
        this.key = key;
        this.journal = new TurnJournal(atOnce ? beginning.last() + 1 : beginning.first());
        if (atOnce) {
            digest.update(beginning.bytes());
        }
        this.atOnce = atOnce;
        this.committer = committer;
        this.loop = loop;
        this.ears = ears;
    }

    /// Says something; what is said in the same turn of the event loop leaves together.
    void say(TurnEvent event) {
        if (lost) {
            return;
        }
        journal.add(event);
        if (!full && journal.length() > MAX_WAITING && atOnce) {
            full = true;
            ears.full();
        }
        if (atOnce && !scheduled && !underWay) {
            scheduled = true;
            loop.runOnContext(nothing -> flush());
        }
    }

    private void flush() {
        scheduled = false;
        if (underWay || lost || closing != null || journal.isEmpty()) {
            return;
        }
        underWay = true;
        Frames frames = take();
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        committer.offerSurely(new Append(key, frames, done));
        var _ = done.thenAccept(own -> loop.runOnContext(nothing -> landed(frames, own)));
    }

    private Frames take() {
        Frames frames = journal.take();
        digest.update(frames.bytes());
        return frames;
    }

    /// SHA-256, in hexadecimal, of all frames of the turn; to be asked once, after its end.
    String sha256() {
        return HexFormat.of().formatHex(digest.digest());
    }

    private void landed(Frames frames, boolean own) {
        underWay = false;
        if (own) {
            ears.written(frames);
        } else {
            lost = true;
            ears.fenced();
        }
        Runnable last = closing;
        if (last != null) {
            last.run();
            return;
        }
        if (full) {
            full = false;
            ears.roomy();
        }
        flush();
    }

    /// Says the last thing and settles. Nothing may be said after it.
    ///
    /// @param calls of providers that were made for it
    void end(
            TurnEnd end,
            Optional<Usage> usage,
            List<CallReport> calls,
            TurnEvent.Ended last,
            Told told) {
        if (!lost) {
            journal.add(last);
        }
        Runnable close = () -> close(end, usage, calls, told);
        closing = close;
        if (!underWay) {
            close.run();
        }
    }

    private void close(TurnEnd end, Optional<Usage> usage, List<CallReport> calls, Told told) {
        Frames frames = take();
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        committer.offerSurely(new End(key, end, usage, calls, frames, done));
        var _ =
                done.thenAccept(
                        written -> loop.runOnContext(nothing -> told.ended(written, frames)));
    }
}
