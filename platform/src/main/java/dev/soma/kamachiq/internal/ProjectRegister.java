package dev.soma.kamachiq.internal;

import dev.soma.audit.AuditLog;
import dev.soma.events.EventDraft;
import dev.soma.events.EventDraft.Origin;
import dev.soma.events.Outbox;
import dev.soma.events.Topic;
import dev.soma.kamachiq.work.Books;
import dev.soma.kamachiq.work.Payloads.Fork;
import dev.soma.kamachiq.work.Payloads.Happening;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.Submitter;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.metering.ProjectBudgets;
import dev.soma.metering.ProjectBudgets.Account;
import io.temporal.failure.ApplicationFailure;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/// [Books] in PostgreSQL: what there is to list, and what is told on Kafka, in one transaction.
class ProjectRegister implements Books {
    private static final String EVENT = "soma.kamachiq.project.";
    private static final String APPROVAL = "soma.kamachiq.approval.changed";
    private static final String PROJECT = "project";

    /// What concerns somebody who has to decide.
    private static final Map<String, String> OF_PEOPLE =
            Map.of(
                    "WAITS", "needed",
                    "REMINDED", "reminded",
                    "ESCALATED", "escalated",
                    "EXPIRED", "expired",
                    "PERSON", "decided");

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final Outbox outbox;
    private final Identifiers identifiers;
    private final ProjectBudgets budgets;
    private final ProjectMetrics metrics;
    private final AuditLog audit;
    private final HumanQueue queue;

    ProjectRegister(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            Outbox outbox,
            Identifiers identifiers,
            ProjectBudgets budgets,
            ProjectMetrics metrics,
            AuditLog audit) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.outbox = outbox;
        this.identifiers = identifiers;
        this.budgets = budgets;
        this.metrics = metrics;
        this.audit = audit;
        this.queue = new HumanQueue(jdbc);
        metrics.queue(queue::depth);
    }

    /// A project that the register knows.
    ///
    /// @param spec SHA-256 of its specification
    /// @param verdict empty while it is under way
    /// @param report SHA-256 of its report; empty while it has none
    /// @param receipt where the log says how it ended; empty while it has not
    /// @param fork what it goes on from
    record Known(
            String spec,
            Optional<String> verdict,
            Optional<String> report,
            Optional<String> receipt,
            Fork fork) {}

    /// @return empty for a project that was never handed in
    Optional<Known> known(String tenant, String project) {
        return jdbc.sql(
                        """
                        SELECT spec, verdict, report, '/v1/receipts/' || log_origin || '/' || log_index,
                               fork_of, fork_spec, fork_report, fork_anew
                        FROM kq_project WHERE tenant = ? AND id = ?
                        """)
                .param(tenant)
                .param(project)
                .query(
                        (row, i) ->
                                new Known(
                                        row.getString(1),
                                        Optional.ofNullable(row.getString(2)),
                                        Optional.ofNullable(row.getString(3)),
                                        Optional.ofNullable(row.getString(4)),
                                        fork(row, 5)))
                .optional();
    }

    HumanQueue queue() {
        return queue;
    }

    /// Enters a project; one that is there stays as it is.
    void submitted(ProjectOrder order, String title) {
        transactions.executeWithoutResult(
                status -> {
                    int fresh =
                            jdbc.sql(
                                            """
                                            INSERT INTO kq_project
                                              (tenant, id, title, submitter, spec, capabilities, trace,
                                               fork_of, fork_spec, fork_report, fork_anew)
                                            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                                            """)
                                    .param(order.tenant())
                                    .param(order.project())
                                    .param(title)
                                    .param(order.by().user())
                                    .param(order.spec())
                                    .param(String.join(" ", order.by().capabilities()))
                                    .param(order.by().trace())
                                    .param(order.fork().project())
                                    .param(order.fork().spec())
                                    .param(order.fork().report())
                                    .param(String.join(" ", order.fork().anew()))
                                    .update();
                    if (fresh == 1) {
                        tell(
                                Topic.KAMACHIQ_EVENTS,
                                order,
                                EVENT + "submitted",
                                about(order)
                                        .put("title", title)
                                        .put("submitter", order.by().user())
                                        .put("spec_sha256", order.spec())
                                        .build());
                    }
                });
    }

    /// Projects under way that were handed in some time ago, oldest first.
    List<ProjectOrder> open(Duration ago, int limit) {
        return jdbc.sql(
                        """
                        SELECT tenant, id, spec, submitter, capabilities, trace, epoch,
                               fork_of, fork_spec, fork_report, fork_anew FROM kq_project
                        WHERE verdict IS NULL AND submitted_at <= now() - make_interval(secs => ?)
                        ORDER BY submitted_at LIMIT ?
                        """)
                .param(ago.toMillis() / 1_000.0)
                .param(limit)
                .query(
                        (row, i) ->
                                new ProjectOrder(
                                        row.getString(1),
                                        row.getString(2),
                                        row.getString(3),
                                        new Submitter(
                                                row.getString(4),
                                                words(row.getString(5)),
                                                row.getString(6)),
                                        row.getInt(7),
                                        0,
                                        fork(row, 8)))
                .list();
    }

    private static Fork fork(ResultSet row, int at) throws SQLException {
        return new Fork(
                row.getString(at),
                row.getString(at + 1),
                row.getString(at + 2),
                words(row.getString(at + 3)));
    }

    private static List<String> words(String joined) {
        return joined.isEmpty() ? List.of() : List.of(joined.split(" "));
    }

    /// The next run of a project: from now on the one before writes nothing.
    ///
    /// @return empty when it has ended, or another node was faster
    Optional<ProjectOrder> adopted(ProjectOrder lost) {
        return jdbc.sql(
                        """
                        UPDATE kq_project p SET epoch = epoch + 1
                        WHERE tenant = ? AND id = ? AND epoch = ? AND verdict IS NULL
                        RETURNING epoch, (SELECT count(*) FROM kq_happening h
                                          WHERE h.tenant = p.tenant AND h.project = p.id)
                        """)
                .param(lost.tenant())
                .param(lost.project())
                .param(lost.epoch())
                .query(
                        (row, i) ->
                                new ProjectOrder(
                                        lost.tenant(),
                                        lost.project(),
                                        lost.spec(),
                                        lost.by(),
                                        row.getInt(1),
                                        row.getLong(2),
                                        lost.fork()))
                .optional();
    }

    /// Held until the transaction ends, so that no run is adopted while it writes.
    ///
    /// @throws ApplicationFailure when another run has taken over
    private void requireCurrent(ProjectOrder order) {
        Optional<Integer> epoch =
                jdbc.sql("SELECT epoch FROM kq_project WHERE tenant = ? AND id = ? FOR SHARE")
                        .param(order.tenant())
                        .param(order.project())
                        .query(Integer.class)
                        .optional();
        if (epoch.filter(current -> current > order.epoch()).isPresent()) {
            throw ApplicationFailure.newNonRetryableFailure(
                    "another run of the project has taken over", "Epoch");
        }
    }

    private static JsonValue.ObjectBuilder about(ProjectOrder order) {
        return JsonValue.object().put("tenant", order.tenant()).put(PROJECT, order.project());
    }

    private void tell(Topic topic, ProjectOrder order, String type, JsonObject data) {
        outbox.add(
                List.of(
                        new EventDraft(
                                identifiers.next(),
                                topic,
                                new TenantId(order.tenant()),
                                order.project(),
                                type,
                                data,
                                new Origin(
                                        Optional.of(order.by().trace())
                                                .filter(trace -> !trace.isEmpty()),
                                        Optional.empty()))));
    }

    @Override
    public List<Account> spent(ProjectOrder order) {
        return budgets.accounts(new TenantId(order.tenant()), order.project());
    }

    @Override
    public void happened(ProjectOrder order, long first, List<Happening> happenings) {
        List<Happening> fresh = new ArrayList<>();
        transactions.executeWithoutResult(
                status -> {
                    fresh.clear();
                    requireCurrent(order);
                    long seq = first;
                    for (Happening happening : happenings) {
                        if (enter(order, seq, happening)) {
                            fresh.add(happening);
                            tell(order, seq, happening);
                        }
                        seq++;
                    }
                });
        fresh.forEach(metrics::happened);
    }

    private boolean enter(ProjectOrder order, long seq, Happening happening) {
        boolean fresh = inserted(order, seq, happening);
        if (fresh && happening.facts().containsKey("work")) {
            jdbc.sql(
                            """
                            INSERT INTO kq_cost (tenant, project, seq, work, tokens, millis, at)
                            VALUES (?, ?, ?, ?, ?, ?, ?)
                            """)
                    .param(order.tenant())
                    .param(order.project())
                    .param(seq)
                    .param(happening.facts().get("work"))
                    .param(number(happening, "tokens"))
                    .param(number(happening, "ms"))
                    .param(new Timestamp(happening.atMillis()))
                    .update();
        }
        return fresh;
    }

    private static long number(Happening happening, String name) {
        return Long.parseLong(happening.facts().getOrDefault(name, "0"));
    }

    private boolean inserted(ProjectOrder order, long seq, Happening happening) {
        return jdbc.sql(
                                """
                                INSERT INTO kq_happening (tenant, project, seq, kind, task, facts, at)
                                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                                """)
                        .param(order.tenant())
                        .param(order.project())
                        .param(seq)
                        .param(happening.kind())
                        .param(happening.task())
                        .param(CanonicalJson.JCS.text(facts(happening)))
                        .param(new Timestamp(happening.atMillis()))
                        .update()
                == 1;
    }

    private static JsonObject facts(Happening happening) {
        var facts = JsonValue.object();
        happening.facts().forEach(facts::put);
        return facts.build();
    }

    private void tell(ProjectOrder order, long seq, Happening happening) {
        JsonObject data =
                about(order)
                        .put("seq", seq)
                        .put("kind", happening.kind())
                        .put("task", happening.task())
                        .put("facts", facts(happening))
                        .build();
        tell(Topic.KAMACHIQ_EVENTS, order, EVENT + "happened", data);
        String word = OF_PEOPLE.get(happening.kind());
        if (word != null) {
            tell(
                    Topic.KAMACHIQ_APPROVALS,
                    order,
                    APPROVAL,
                    about(order)
                            .put("seq", seq)
                            .put("task", happening.task())
                            .put("state", word)
                            .put("facts", facts(happening))
                            .build());
        }
    }

    /// The log says it first: a crash in between lets it be said twice there, and never left out.
    @Override
    public void ended(ProjectOrder order, String verdict, String digest, JsonObject report) {
        if (known(order.tenant(), order.project()).flatMap(Known::verdict).isPresent()) {
            return;
        }
        long index =
                audit.append(
                                "project",
                                about(order)
                                        .put("epoch", order.epoch())
                                        .put("verdict", verdict)
                                        .put("report_sha256", digest)
                                        .build())
                        .join();
        Optional<Double> seconds =
                transactions.execute(
                        status -> {
                            requireCurrent(order);
                            return end(order, verdict, digest, index);
                        });
        if (seconds != null) {
            seconds.ifPresent(took -> metrics.ended(verdict, took, spent(order), report));
        }
    }

    /// @return how long it took, in seconds; empty when it had ended before
    private Optional<Double> end(ProjectOrder order, String verdict, String report, long index) {
        Optional<Double> fresh =
                jdbc.sql(
                                """
                                UPDATE kq_project SET verdict = ?, report = ?, log_origin = ?, log_index = ?,
                                                      ended_at = now()
                                WHERE tenant = ? AND id = ? AND verdict IS NULL
                                RETURNING extract(epoch FROM ended_at - submitted_at)::float8
                                """)
                        .param(verdict)
                        .param(report)
                        .param(audit.origin())
                        .param(index)
                        .param(order.tenant())
                        .param(order.project())
                        .query(Double.class)
                        .optional();
        if (fresh.isPresent()) {
            tell(
                    Topic.KAMACHIQ_EVENTS,
                    order,
                    EVENT + "ended",
                    about(order).put("verdict", verdict).put("report_sha256", report).build());
        }
        return fresh;
    }

    /// Projects of a tenant, newest first.
    ///
    /// @param limit how many at most
    List<JsonObject> newest(TenantId tenant, int limit) {
        return jdbc.sql(
                        """
                        SELECT id, title, submitter, spec, submitted_at, verdict, report, ended_at
                        FROM kq_project WHERE tenant = ? ORDER BY submitted_at DESC, id LIMIT ?
                        """)
                .param(tenant.value())
                .param(limit)
                .query(
                        (row, i) -> {
                            var item =
                                    JsonValue.object()
                                            .put(PROJECT, row.getString(1))
                                            .put("title", row.getString(2))
                                            .put("submitter", row.getString(3))
                                            .put("spec_sha256", row.getString(4))
                                            .put(
                                                    "submitted_at",
                                                    row.getTimestamp(5).toInstant().toString());
                            if (row.getString(6) != null) {
                                item.put("verdict", row.getString(6))
                                        .put("report_sha256", row.getString(7))
                                        .put(
                                                "ended_at",
                                                row.getTimestamp(8).toInstant().toString());
                            }
                            return item.build();
                        })
                .list();
    }

    @Override
    public List<Happening> told(ProjectOrder order) {
        return jdbc.sql(
                        """
                        SELECT kind, task, facts, at FROM kq_happening
                        WHERE tenant = ? AND project = ? ORDER BY seq
                        """)
                .param(order.tenant())
                .param(order.project())
                .query(
                        (row, i) ->
                                new Happening(
                                        row.getString(1),
                                        row.getString(2),
                                        texts(object(row.getString(3))),
                                        row.getTimestamp(4).getTime()))
                .list();
    }

    private static Map<String, String> texts(JsonObject object) {
        Map<String, String> texts = new TreeMap<>();
        object.members().keySet().forEach(name -> texts.put(name, object.text(name).orElse("")));
        return texts;
    }

    /// What happened in a project, in order.
    ///
    /// @param after number of the last that is known; -1 for all
    List<JsonObject> happenings(TenantId tenant, String project, long after) {
        return jdbc.sql(
                        """
                        SELECT seq, kind, task, facts, at FROM kq_happening
                        WHERE tenant = ? AND project = ? AND seq > ? ORDER BY seq LIMIT 1000
                        """)
                .param(tenant.value())
                .param(project)
                .param(after)
                .query(
                        (row, i) ->
                                JsonValue.object()
                                        .put("seq", row.getLong(1))
                                        .put("kind", row.getString(2))
                                        .put("task", row.getString(3))
                                        .put("facts", object(row.getString(4)))
                                        .put("at", row.getTimestamp(5).toInstant().toString())
                                        .build())
                .list();
    }

    private static JsonObject object(String text) {
        try {
            return StrictJson.parseObject(text.getBytes(StandardCharsets.UTF_8));
        } catch (MalformedJson e) {
            throw new IllegalStateException("a happening is not JSON any more", e);
        }
    }
}
