package dev.soma.verifier;

import java.util.Collections;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a verification of a whole log found.
public sealed interface Outcome {

    /// @param size entries under the signature
    /// @param unsigned whole entries beyond it
    /// @param root the signed root in base64, which the entries reproduce
    /// @param counts entries by type, unsigned ones included
    /// @param unadmitted verdicts `allow` or `review` that no admission names
    /// @param tornBytes bytes of an incomplete record after the last unsigned entry
    /// @param hashFileAgrees whether `hashes/0` carries the signed root too
    /// @param witnessed the largest size that was held against a witness's cosignature
    record Verified(
            String origin,
            long size,
            long unsigned,
            String root,
            SortedMap<String, Long> counts,
            long unadmitted,
            long tornBytes,
            boolean hashFileAgrees,
            OptionalLong witnessed)
            implements Outcome {
        public Verified {
            counts = Collections.unmodifiableSortedMap(new TreeMap<>(counts));
        }
    }

    /// @param entry index of the first bad entry; empty when the fault cannot be pinned on one
    record Broken(OptionalLong entry, String reason) implements Outcome {}
}
