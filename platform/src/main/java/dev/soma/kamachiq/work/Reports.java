package dev.soma.kamachiq.work;

import dev.soma.kamachiq.evidence.RunRecord;
import dev.soma.kamachiq.evidence.Timeline;
import dev.soma.kamachiq.gate.Defect;
import dev.soma.kamachiq.gate.Review;
import dev.soma.kamachiq.requirement.Requirement;
import dev.soma.kamachiq.spec.ProjectSpec;
import dev.soma.kamachiq.spec.SpecReading;
import dev.soma.kamachiq.work.Payloads.Happening;
import dev.soma.kamachiq.work.Payloads.ReportOrder;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.metering.ProjectBudgets.Account;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Reports as canonical JSON (RFC 8785), so that equal facts are equal bytes.
final class Reports {
    private static final int SHOWN_FINDINGS = 40;

    private Reports() {}

    static byte[] of(Review review) {
        return CanonicalJson.JCS.bytes(
                JsonValue.object()
                        .put("schema", "kq.review/v1")
                        .put("completeness_bp", review.score().completeness())
                        .put("correctness_bp", review.score().correctness())
                        .put("style_bp", review.score().style())
                        .put("documentation_bp", review.score().documentation())
                        .put("score_bp", review.basisPoints())
                        .put("faulty", JsonValue.of(review.faulty()))
                        .put("checks", review.checks())
                        .put("passed", review.passed())
                        .put("evidence_sha256", review.evidence())
                        .put(
                                "defects",
                                JsonValue.array(
                                        review.defects().stream().map(Reports::defect).toList()))
                        .build());
    }

    /// What a review found, in words.
    static List<String> findings(byte[] review) {
        return parsed(review).objects("defects").stream()
                .map(
                        defect ->
                                defect.text("rule").orElse("")
                                        + ": "
                                        + defect.text("detail").orElse(""))
                .limit(SHOWN_FINDINGS)
                .toList();
    }

    /// A report, or a review, as it was written.
    static JsonObject parsed(byte[] report) {
        try {
            return StrictJson.parseObject(report);
        } catch (MalformedJson e) {
            throw new IllegalStateException("a report is not JSON any more", e);
        }
    }

    private static JsonObject defect(Defect defect) {
        return JsonValue.object()
                .put("file", defect.file())
                .put("line", defect.line())
                .put("rule", defect.rule())
                .put("detail", defect.detail())
                .build();
    }

    /// The report of a project, whatever became of it. Its entries form a chain; the root stands at
    /// its end.
    ///
    /// @param content bytes by their digest
    static JsonObject of(
            ReportOrder order, SpecReading spec, Books books, Function<String, byte[]> content) {
        Optional<Deliverable> deliverable =
                spec instanceof SpecReading.Read(ProjectSpec read)
                        ? Optional.of(Deliverable.of(read))
                        : Optional.empty();
        List<JsonObject> entries = new ArrayList<>();
        plan(entries, order, deliverable);
        happened(entries, order, books);
        deliverable.ifPresent(known -> artifacts(entries, order, known, content));
        if (!order.review().isEmpty()) {
            entries.add(entry("REVIEW", entries.size()).put("sha256", order.review()).build());
        }
        entries.add(
                entry("VERDICT", entries.size())
                        .put("verdict", order.verdict())
                        .put("reasons", JsonValue.texts(order.reasons()))
                        .build());
        RunRecord record = RunRecord.begin(order.project().tenant(), order.project().project());
        for (JsonObject entry : entries) {
            record = record.append(entry);
        }
        return JsonValue.object()
                .put("schema", "kq.report/v1")
                .put("tenant", order.project().tenant())
                .put("project", order.project().project())
                .put("verdict", order.verdict())
                .put("requirements", JsonValue.array(requirements(deliverable)))
                .put("timeline", Timeline.of(entries).document())
                .put("record", JsonValue.array(entries))
                .put("root", record.hex())
                .build();
    }

    private static void plan(
            List<JsonObject> entries, ReportOrder order, Optional<Deliverable> deliverable) {
        entries.add(
                entry("PLAN", entries.size())
                        .put("spec_sha256", order.project().spec())
                        .put("by", order.project().by().user())
                        .put(
                                "tasks",
                                JsonValue.array(
                                        deliverable.stream()
                                                .flatMap(known -> known.tasks().stream())
                                                .map(Reports::planned)
                                                .toList()))
                        .build());
    }

    private static void happened(List<JsonObject> entries, ReportOrder order, Books books) {
        for (Happening happening : books.told(order.project())) {
            var told = entry(happening.kind(), entries.size());
            if (!happening.task().isEmpty()) {
                told.put("task", happening.task());
            }
            told.put("at_ms", happening.atMillis());
            happening.facts().forEach(told::put);
            entries.add(told.build());
        }
        for (Account account : books.spent(order.project())) {
            entries.add(
                    entry("SPEND", entries.size())
                            .put("task", account.task())
                            .put("limit_tokens", account.limit())
                            .put("settled_tokens", account.settled())
                            .put("held_tokens", account.held())
                            .build());
        }
    }

    private static void artifacts(
            List<JsonObject> entries,
            ReportOrder order,
            Deliverable deliverable,
            Function<String, byte[]> content) {
        Provenance provenance =
                new Provenance(deliverable, writers(entries), order.model(), order.wording());
        order.files()
                .forEach(
                        (path, digest) -> {
                            byte[] bytes = content.apply(digest);
                            entries.add(
                                    entry("ARTIFACT", entries.size())
                                            .put("path", path)
                                            .put("sha256", digest)
                                            .put("bytes", bytes.length)
                                            .put("task", provenance.task(path))
                                            .put(
                                                    "provenance",
                                                    JsonValue.array(
                                                            provenance.of(path, bytes).stream()
                                                                    .map(Provenance.Range::document)
                                                                    .toList()))
                                            .build());
                        });
    }

    /// The model that wrote each task last.
    private static Map<String, String> writers(List<JsonObject> entries) {
        Map<String, String> writers = new HashMap<>();
        for (JsonObject entry : entries) {
            if (entry.text("kind").orElse("").equals("TASK")) {
                entry.text("model")
                        .ifPresent(model -> writers.put(entry.text("task").orElse(""), model));
            }
        }
        return writers;
    }

    private static JsonValue.ObjectBuilder entry(String kind, int seq) {
        return JsonValue.object().put("seq", seq + 1L).put("kind", kind);
    }

    private static JsonObject planned(PlannedTask task) {
        return JsonValue.object()
                .put("id", task.id())
                .put("type", task.type())
                .put("dependencies", JsonValue.texts(task.dependencies()))
                .build();
    }

    private static List<JsonObject> requirements(Optional<Deliverable> deliverable) {
        return deliverable.stream()
                .flatMap(known -> known.components().stream())
                .flatMap(component -> component.reading().requirements().stream())
                .distinct()
                .map(Reports::requirement)
                .toList();
    }

    private static JsonObject requirement(Requirement requirement) {
        var told =
                JsonValue.object()
                        .put("kind", requirement.kind().name())
                        .put("value", requirement.value())
                        .put("origin", requirement.origin().name());
        requirement
                .span()
                .ifPresent(
                        span ->
                                told.put("source", span.source())
                                        .put("from", span.from())
                                        .put("to", span.to()));
        return told.build();
    }
}
