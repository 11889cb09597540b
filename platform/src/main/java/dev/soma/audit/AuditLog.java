package dev.soma.audit;

import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// The log of this node. Thread-safe.
public interface AuditLog {
    /// `soma/audit/<node-id>`.
    String origin();

    /// Appends an entry. The type and its fields are those of `docs/design/audit-log.md`; `v` and
    /// `ts_us` are added.
    ///
    /// @return completes with the entry's index once it is on disk; fails with [AuditUnavailable]
    /// when it is not and
    ///     nothing may be done in its name
    CompletableFuture<Long> append(String type, JsonObject fields);

    /// Number of durable entries.
    long size();

    /// Reads up to `limit` durable entries from `first` on; fewer when the log ends.
    ///
    /// @param limit 1 to 1024
    List<Entry> read(long first, int limit);

    /// The newest signed note over every durable entry at the time of the call.
    String checkpoint();

    /// RFC 6962 2.1.1.
    ///
    /// @param size 1 to [#size()], above `index`
    InclusionProof inclusion(long index, long size);

    /// RFC 6962 2.1.2.
    ///
    /// @param from 0 to `to`
    List<byte[]> consistency(long from, long to);

    /// Hashes of a C2SP tile: entries `first` to `first + count` of hash level `level`.
    byte[] tile(int level, long tile, int width);

    record Entry(long index, byte[] bytes) {
        /// What it says; the log takes nothing but JSON objects.
        public JsonObject content() {
            try {
                return StrictJson.parseObject(bytes);
            } catch (MalformedJson e) {
                throw new IllegalStateException("the audit log holds an entry that is not JSON", e);
            }
        }
    }

    record InclusionProof(byte[] leafHash, List<byte[]> proof) {
        public InclusionProof {
            proof = List.copyOf(proof);
        }
    }

    /// The log takes no entries: its queue is full or the disk failed.
    final class AuditUnavailable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public AuditUnavailable(String message) {
            super(message);
        }
    }
}
