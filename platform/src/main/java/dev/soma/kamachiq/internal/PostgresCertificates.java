package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.work.Certificates;
import dev.soma.kamachiq.work.Payloads.Shown;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;

/// [Certificates] in PostgreSQL.
class PostgresCertificates implements Certificates {
    private final JdbcClient jdbc;

    PostgresCertificates(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    Optional<Shown> find(String tenant, String model) {
        return jdbc.sql(
                        """
                        SELECT model, passed, probes, report FROM kq_model_certificate
                        WHERE tenant = ? AND model = ?
                        """)
                .param(tenant)
                .param(model)
                .query(
                        (row, i) ->
                                new Shown(
                                        row.getString(1),
                                        row.getInt(2),
                                        row.getInt(3),
                                        row.getString(4)))
                .optional();
    }

    @Override
    public void save(String tenant, Shown shown) {
        jdbc.sql(
                        """
                        INSERT INTO kq_model_certificate (tenant, model, passed, probes, report)
                        VALUES (:tenant, :model, :passed, :probes, :report)
                        ON CONFLICT (tenant, model) DO UPDATE SET passed = excluded.passed,
                          probes = excluded.probes, report = excluded.report, at = now()
                        """)
                .param("tenant", tenant)
                .param("model", shown.model())
                .param("passed", shown.passed())
                .param("probes", shown.probes())
                .param("report", shown.report())
                .update();
    }

    @Override
    public Optional<String> objection(String tenant, String model) {
        Optional<Shown> shown = find(tenant, model);
        if (shown.isEmpty()) {
            return Optional.of("%s has not shown yet that it can write".formatted(model));
        }
        return shown.filter(known -> !known.suffices())
                .map(
                        known ->
                                "%s wrote %d of %d probes well; four of five are needed"
                                        .formatted(model, known.passed(), known.probes()));
    }

    List<JsonObject> list(String tenant) {
        return jdbc.sql(
                        """
                        SELECT model, passed, probes, report, at FROM kq_model_certificate
                        WHERE tenant = ? ORDER BY model
                        """)
                .param(tenant)
                .query(
                        (row, i) -> {
                            Shown shown =
                                    new Shown(
                                            row.getString(1),
                                            row.getInt(2),
                                            row.getInt(3),
                                            row.getString(4));
                            return JsonValue.object()
                                    .put("model", shown.model())
                                    .put("passed", shown.passed())
                                    .put("probes", shown.probes())
                                    .put("may_write", JsonValue.of(shown.suffices()))
                                    .put("report_sha256", shown.report())
                                    .put("at", row.getTimestamp(5).toInstant().toString())
                                    .build();
                        })
                .list();
    }
}
