package dev.soma.kamachiq.work;

import java.util.Map;
import java.util.Set;

/// What tasks of projects have taken. Thread-safe.
public interface Costs {
    /// The middle of what the newest tasks of each work have taken; nothing for works that are not
    /// known.
    Map<String, Cost> usual(String tenant, Set<String> works);

    /// @param tokens of all models together
    /// @param millis from its first beginning to its end
    record Cost(long tokens, long millis) {}
}
