package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.work.Planning;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Which models have shown that they can write programs: at least four fifths of the probes, judged
/// by the oracle. Thread-safe; reads the database.
class Certificates implements Planning.Certificates {
    private static final int ENOUGH_OF_FIVE = 4;

    private final JdbcClient jdbc;

    Certificates(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /// What a model has shown.
    record Certificate(String model, int passed, int of, String report) {
        boolean isEnough() {
            return of > 0 && passed * 5L >= of * (long) ENOUGH_OF_FIVE;
        }
    }

    Optional<Certificate> find(String tenant, String model) {
        return jdbc.sql(
                        """
                        SELECT model, passed, probes, report FROM kq_model_certificate
                        WHERE tenant = ? AND model = ?
                        """)
                .param(tenant)
                .param(model)
                .query(
                        (row, i) ->
                                new Certificate(
                                        row.getString(1),
                                        row.getInt(2),
                                        row.getInt(3),
                                        row.getString(4)))
                .optional();
    }

    void save(String tenant, Certificate certificate) {
        jdbc.sql(
                        """
                        INSERT INTO kq_model_certificate (tenant, model, passed, probes, report)
                        VALUES (:tenant, :model, :passed, :probes, :report)
                        ON CONFLICT (tenant, model) DO UPDATE SET passed = excluded.passed,
                          probes = excluded.probes, report = excluded.report, at = now()
                        """)
                .param("tenant", tenant)
                .param("model", certificate.model())
                .param("passed", certificate.passed())
                .param("probes", certificate.of())
                .param("report", certificate.report())
                .update();
    }

    @Override
    public Optional<String> objection(String tenant, String model) {
        Optional<Certificate> shown = find(tenant, model);
        if (shown.isEmpty()) {
            return Optional.of("%s has not shown yet that it can write".formatted(model));
        }
        return shown.filter(known -> !known.isEnough())
                .map(
                        known ->
                                "%s wrote %d of %d probes well, and %d are needed"
                                        .formatted(
                                                model,
                                                known.passed(),
                                                known.of(),
                                                Math.ceilDiv(known.of() * ENOUGH_OF_FIVE, 5)));
    }
}
