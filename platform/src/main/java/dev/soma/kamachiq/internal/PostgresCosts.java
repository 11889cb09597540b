package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.work.Costs;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;

/// [Costs] in PostgreSQL, where [ProjectRegister] enters them.
class PostgresCosts implements Costs {
    private static final int NEWEST = 50;

    private final JdbcClient jdbc;

    PostgresCosts(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public Map<String, Cost> usual(String tenant, Set<String> works) {
        Map<String, Cost> usual = new HashMap<>();
        if (works.isEmpty()) {
            return usual;
        }
        jdbc.sql(
                        """
                        SELECT work, percentile_disc(0.5) WITHIN GROUP (ORDER BY tokens),
                               percentile_disc(0.5) WITHIN GROUP (ORDER BY millis)
                        FROM (SELECT work, tokens, millis,
                                     row_number() OVER (PARTITION BY work ORDER BY at DESC) AS age
                              FROM kq_cost WHERE tenant = :tenant AND work IN (:works)) newest
                        WHERE age <= :newest GROUP BY work
                        """)
                .param("tenant", tenant)
                .param("works", works)
                .param("newest", NEWEST)
                .query(
                        row -> {
                            usual.put(row.getString(1), new Cost(row.getLong(2), row.getLong(3)));
                        });
        return usual;
    }
}
