package dev.soma.audit.internal;

import dev.soma.runtime.Settings;
import java.net.URI;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param queueEntries entries that may wait for the disk; one more is refused
/// @param batchEntries entries written with one sync
/// @param segmentBytes after which a new segment starts
/// @param checkpointMillis at most this old is the signed note of a busy log
/// @param witnessUrl where an independent witness takes checkpoints; empty for none
/// @param witnessKey the witness's verifier key, given by its operator; empty for none
/// @param witnessIntervalMillis between two submissions of a log that grows
/// @param witnessTimeoutMillis for one answer of the witness
@Settings("soma.audit")
record AuditSettings(
        @DefaultValue("4096") int queueEntries,
        @DefaultValue("1024") int batchEntries,
        @DefaultValue("67108864") long segmentBytes,
        @DefaultValue("100") int checkpointMillis,
        @DefaultValue("") String witnessUrl,
        @DefaultValue("") String witnessKey,
        @DefaultValue("1000") int witnessIntervalMillis,
        @DefaultValue("5000") int witnessTimeoutMillis) {
    AuditSettings {
        if (witnessUrl.isBlank() != witnessKey.isBlank()) {
            throw new IllegalArgumentException(
                    "'soma.audit.witness-url' and 'soma.audit.witness-key' are given together");
        }
        if (!witnessUrl.isBlank() && !isHttp(witnessUrl)) {
            throw new IllegalArgumentException(
                    "'soma.audit.witness-url' must be an http:// or https:// address");
        }
        if (witnessIntervalMillis < 1 || witnessTimeoutMillis < 1) {
            throw new IllegalArgumentException("'soma.audit.witness-*-millis' must be at least 1");
        }
        if (!witnessKey.isBlank()) {
            WitnessKey.parse(witnessKey);
        }
    }

    private static boolean isHttp(String url) {
        URI uri = URI.create(url.strip());
        return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                && uri.getHost() != null;
    }

    boolean hasWitness() {
        return !witnessUrl.isBlank();
    }
}
