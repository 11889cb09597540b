package dev.soma.conversation.internal;

import dev.soma.conversation.Frames;
import dev.soma.conversation.TurnEvent;
import dev.soma.conversation.TurnEvent.Failed;
import dev.soma.conversation.internal.JournalRepository.Entry;
import dev.soma.conversation.internal.JournalRepository.Place;
import dev.soma.conversation.internal.TurnRepository.Unfinished;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.dao.OptimisticLockingFailureException;

/// Tells the end of turns whose own node cannot: whoever reads the journal finds what was told
/// before, then exactly one failure. Runs in the caller's transaction, which has ended the turns.
class Endings {
    private final TurnRepository turns;
    private final JournalRepository journal;

    Endings(TurnRepository turns, JournalRepository journal) {
        this.turns = turns;
        this.journal = journal;
    }

    /// @param reason such as `owner_lost`
    void tell(List<Unfinished> unfinished, String reason) {
        if (unfinished.isEmpty()) {
            return;
        }
        List<Place> places =
                unfinished.stream()
                        .map(turn -> new Place(turn.tenant(), turn.began().session()))
                        .toList();
        List<UUID> ids = unfinished.stream().map(turn -> turn.began().turn()).toList();
        Map<UUID, Long> told = journal.lastOf(places, ids);
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            Unfinished turn = unfinished.get(i);
            entries.add(new Entry(places.get(i), ids.get(i), rest(turn, told, reason)));
        }
        turns.free(unfinished, entries.stream().map(entry -> entry.frames().last()).toList());
        if (!journal.append(entries).get().isEmpty()) {
            throw new OptimisticLockingFailureException(
                    "a node that was taken for dead wrote meanwhile");
        }
    }

    private static Frames rest(Unfinished turn, Map<UUID, Long> told, String reason) {
        TurnEvent end = new Failed(problem(reason), turn.began().turn().toString());
        Long last = told.get(turn.began().turn());
        return last == null
                ? TurnJournal.of(turn.first(), List.of(turn.began(), end))
                : TurnJournal.one(last + 1, end);
    }

    private static Problem problem(String reason) {
        return Problem.of(
                ProblemKind.INTERNAL_ERROR,
                reason.equals("owner_lost")
                        ? "The node that ran this turn is gone; send the request again."
                        : "The database did not say in time whether the turn was admitted.");
    }
}
