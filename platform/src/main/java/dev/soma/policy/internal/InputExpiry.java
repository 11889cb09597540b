package dev.soma.policy.internal;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Destroys the keys of inputs that are older than they are kept, and forgets what no sequence rule
/// can look back to.
class InputExpiry implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(InputExpiry.class);
    static final long PAUSE_MILLIS = 600_000;

    private final ComplianceRepository compliance;
    private final SequenceStore sequences;

    InputExpiry(ComplianceRepository compliance, SequenceStore sequences) {
        this.sequences = sequences;
        this.compliance = compliance;
    }

    @Override
    public void run() {
        sequences.expire();
        int keys = compliance.expire();
        if (keys > 0) {
            log.atInfo().addKeyValue("keys", keys).log("old inputs can no longer be read");
        }
    }
}
