package dev.soma.conversation.internal;

import dev.soma.conversation.Frames;
import dev.soma.conversation.TurnEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Numbers the events of one turn and gathers those that are not on disk yet. Not thread-safe.
final class TurnJournal {
    private final StringBuilder bytes = new StringBuilder();
    private final List<TurnEvent> events = new ArrayList<>();
    private long first;

    /// @param first number of the next event in its session
    TurnJournal(long first) {
        this.first = first;
    }

    /// One event alone.
    static Frames one(long seq, TurnEvent event) {
        return of(seq, List.of(event));
    }

    static Frames of(long first, List<TurnEvent> events) {
        TurnJournal journal = new TurnJournal(first);
        events.forEach(journal::add);
        return journal.take();
    }

    void add(TurnEvent event) {
        NativeFrames.append(bytes, first + events.size(), event);
        events.add(event);
    }

    boolean isEmpty() {
        return events.isEmpty();
    }

    /// Characters of the frames that wait.
    int length() {
        return bytes.length();
    }

    /// Everything that was added since the last time.
    Frames take() {
        Frames taken = new Frames(first, events, bytes.toString().getBytes(StandardCharsets.UTF_8));
        first = taken.last() + 1;
        events.clear();
        bytes.setLength(0);
        return taken;
    }
}
