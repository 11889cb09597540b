package dev.soma.kernel;

import java.util.LinkedHashMap;
import java.util.Map;

/// A map that forgets the entry longest unused once it holds too many. Not thread-safe: reading
/// changes it too.
public final class LruMap<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1L;

    private final int max;

    /// @param max entries that are held
    public LruMap(int max) {
        super(16, 0.75f, true);
        this.max = max;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > max;
    }
}
