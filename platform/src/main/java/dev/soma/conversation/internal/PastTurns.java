package dev.soma.conversation.internal;

import dev.soma.conversation.Frames;
import dev.soma.conversation.TurnEvent.Completed;
import dev.soma.conversation.internal.JournalRepository.Place;
import dev.soma.kernel.Digest;
import dev.soma.policy.TurnOutcomes;
import dev.soma.policy.TurnRecord;
import dev.soma.policy.TurnRecord.Used;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// Tells the audit log what a crash kept it from hearing.
final class PastTurns implements TurnOutcomes {
    private final TurnRepository turns;
    private final JournalRepository journal;

    PastTurns(TurnRepository turns, JournalRepository journal) {
        this.turns = turns;
        this.journal = journal;
    }

    /// A turn that has ended.
    ///
    /// @param state `completed`, `stopped`, `cut` or `failed`
    /// @param failure what it failed of; empty when it did not
    record Ended(
            UUID decision,
            UUID turn,
            Place place,
            String state,
            String failure,
            Optional<Used> used) {}

    @Override
    public Map<UUID, Outcome> of(List<UUID> decisions) {
        return turns.outcomes(decisions);
    }

    @Override
    public Map<UUID, TurnRecord> ended(List<UUID> decisions) {
        Map<UUID, TurnRecord> records = new HashMap<>();
        for (Ended turn : turns.ended(decisions)) {
            List<byte[]> frames = journal.ofTurn(turn.place(), turn.turn());
            if (!frames.isEmpty()) {
                records.put(turn.decision(), record(turn, NativeFrames.join(frames)));
            }
        }
        return records;
    }

    private static TurnRecord record(Ended turn, Frames told) {
        String reason =
                told.events().getLast() instanceof Completed completed
                        ? completed.finishReason()
                        : turn.failure();
        return new TurnRecord(
                turn.turn(),
                turn.state(),
                reason,
                turn.used(),
                told.first(),
                told.last(),
                Digest.sha256Hex(told.bytes()));
    }
}
