package dev.soma.audit.internal;

import dev.soma.runtime.Settings;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param queueEntries entries that may wait for the disk; one more is refused
/// @param batchEntries entries written with one sync
/// @param segmentBytes after which a new segment starts
/// @param checkpointMillis at most this old is the signed note of a busy log
@Settings("soma.audit")
record AuditSettings(
        @DefaultValue("4096") int queueEntries,
        @DefaultValue("1024") int batchEntries,
        @DefaultValue("67108864") long segmentBytes,
        @DefaultValue("100") int checkpointMillis) {}
