package dev.soma.audit.internal;

import java.io.IOException;

/// The log on disk is not the log that was written.
class CorruptLog extends IOException {
    private static final long serialVersionUID = 1L;

    CorruptLog(long index, String reason) {
        super(
                "audit log entry %d: %s; the node does not start over damaged evidence (docs/runbooks/security.md)"
                        .formatted(index, reason));
    }
}
