package dev.soma.kamachiq.work;

import dev.soma.kamachiq.evidence.RunRecord;
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
import java.util.List;
import java.util.Map;

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
        try {
            List<String> findings = new ArrayList<>();
            for (JsonValue item : StrictJson.parseObject(review).items("defects")) {
                if (item instanceof JsonObject defect) {
                    findings.add(
                            defect.text("rule").orElse("")
                                    + ": "
                                    + defect.text("detail").orElse(""));
                }
            }
            return findings.stream().limit(SHOWN_FINDINGS).toList();
        } catch (MalformedJson e) {
            throw new IllegalStateException("a review cannot be read", e);
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
    static byte[] of(ReportOrder order, SpecReading spec, Books books) {
        List<JsonObject> entries = new ArrayList<>();
        entries.add(
                entry("PLAN", entries.size())
                        .put("spec_sha256", order.project().spec())
                        .put("by", order.project().by().user())
                        .build());
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
        for (Map.Entry<String, String> file : order.files().entrySet()) {
            entries.add(
                    entry("ARTIFACT", entries.size())
                            .put("path", file.getKey())
                            .put("sha256", file.getValue())
                            .build());
        }
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
        return CanonicalJson.JCS.bytes(
                JsonValue.object()
                        .put("schema", "kq.report/v1")
                        .put("tenant", order.project().tenant())
                        .put("project", order.project().project())
                        .put("verdict", order.verdict())
                        .put("requirements", JsonValue.array(requirements(spec)))
                        .put("record", JsonValue.array(entries))
                        .put("root", record.hex())
                        .build());
    }

    private static JsonValue.ObjectBuilder entry(String kind, int seq) {
        return JsonValue.object().put("seq", seq + 1L).put("kind", kind);
    }

    private static List<JsonObject> requirements(SpecReading spec) {
        if (!(spec instanceof SpecReading.Read(ProjectSpec read))) {
            return List.of();
        }
        return Deliverable.of(read).components().stream()
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
