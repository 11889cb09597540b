package dev.soma.verifier;

import java.util.OptionalLong;

/// Carries the first fault out of the nested readers; never leaves the package, where outcomes are
/// values.
final class Fault extends Exception {
    private static final long serialVersionUID = 1L;
    private static final long NO_ENTRY = -1;

    private final long entry;

    Fault(String reason) {
        this(NO_ENTRY, reason);
    }

    Fault(long entry, String reason) {
        super(reason, null, false, false);
        this.entry = entry;
    }

    Fault at(long index) {
        return new Fault(index, reason());
    }

    OptionalLong entry() {
        return entry == NO_ENTRY ? OptionalLong.empty() : OptionalLong.of(entry);
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
