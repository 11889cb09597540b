package dev.soma.events.internal;

import java.util.HashMap;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The buckets that this relay may publish, each under an epoch that the database checks.
class RelayLeases {
    private final JdbcClient jdbc;
    private final String owner;
    private final long leaseMillis;

    RelayLeases(JdbcClient jdbc, String owner, long leaseMillis) {
        this.jdbc = jdbc;
        this.owner = owner;
        this.leaseMillis = leaseMillis;
    }

    /// Renews what is held and takes what is free; a taken bucket gets a new epoch.
    ///
    /// @return epoch by bucket
    Map<Integer, Long> claim() {
        Map<Integer, Long> held = new HashMap<>();
        jdbc.sql(
                        """
                        UPDATE relay_lease SET
                          epoch = CASE WHEN owner = :owner THEN epoch ELSE epoch + 1 END,
                          owner = :owner,
                          until = clock_timestamp() + make_interval(secs => :seconds)
                        WHERE bucket IN (SELECT bucket FROM relay_lease
                                         WHERE owner = :owner OR until < clock_timestamp() FOR UPDATE SKIP LOCKED)
                        RETURNING bucket, epoch
                        """)
                .param("owner", owner)
                .param("seconds", leaseMillis / 1000.0)
                .query(
                        row -> {
                            held.put(row.getInt(1), row.getLong(2));
                        });
        return held;
    }

    void release() {
        jdbc.sql("UPDATE relay_lease SET until = '-infinity', owner = '' WHERE owner = ?")
                .param(owner)
                .update();
    }
}
