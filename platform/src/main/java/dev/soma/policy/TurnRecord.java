package dev.soma.policy;

import java.util.Optional;
import java.util.UUID;

/// How an admitted turn ended, as the audit log says it (docs/design/audit-log.md, `turn`).
///
/// @param state `completed`, `stopped`, `cut` or `failed`
/// @param reason why a whole answer ended, such as `stop` or `length`, or what the turn failed of;
/// empty when there is nothing to say
/// @param used empty when nobody counted, so that the whole hold was booked
/// @param firstSeq number of its first frame in its session, from 1
/// @param lastSeq number of its last frame
/// @param journalSha256 SHA-256, in hexadecimal, of the bytes of all its frames
public record TurnRecord(
        UUID turn,
        String state,
        String reason,
        Optional<Used> used,
        long firstSeq,
        long lastSeq,
        String journalSha256) {
    /// What was booked.
    public record Used(long inputTokens, long outputTokens, long microUsd) {}
}
