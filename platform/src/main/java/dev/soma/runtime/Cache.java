package dev.soma.runtime;

import java.util.List;
import java.util.Map;

/// The shared cache. Losing it loses nothing: each key says in `docs/design/redis-keys.md` what
/// then happens.
/// Thread-safe; every call may block up to the configured timeout.
public interface Cache {
    /// Reads keys together; missing ones are left out.
    Map<String, String> read(List<String> keys) throws Unavailable;

    /// Writes keys together, without expiry.
    void write(Map<String, String> values) throws Unavailable;

    /// The cache did not answer.
    final class Unavailable extends Exception {
        private static final long serialVersionUID = 1L;

        public Unavailable(Throwable cause) {
            super("the cache does not answer", cause);
        }
    }
}
