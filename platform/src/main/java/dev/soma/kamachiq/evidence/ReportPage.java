package dev.soma.kamachiq.evidence;

import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.JsonString;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// A report for people: one page of HTML without scripts and without anything from elsewhere, made
/// of the report's JSON alone. Every text in it is foreign and stays text.
public final class ReportPage {
    private static final Map<String, String> MARKS =
            Map.of("SUCCEEDED", "✔", "PARTIAL", "◐", "CANCELLED", "■");
    private static final Set<String> TOLD_ELSEWHERE =
            Set.of("kind", "seq", "at_ms", "task", "reasons", "tasks", "provenance");
    private static final double WIDTH = 100;

    private final JsonObject report;
    private final List<JsonObject> record;
    private final StringBuilder out = new StringBuilder();

    private ReportPage(JsonObject report) {
        this.report = report;
        this.record = report.objects("record");
    }

    /// @param report `kq.report/v1`; what is missing in it is missing on the page
    public static String of(JsonObject report) {
        return new ReportPage(report).page();
    }

    private List<JsonObject> entries(String kind) {
        return record.stream().filter(entry -> entry.text("kind").orElse("").equals(kind)).toList();
    }

    private String page() {
        String project = text(report, "project");
        String verdict = text(report, "verdict");
        out.append(
                """
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
                <title>%1$s: %2$s</title>
                <style>
                :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
                body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: break-word; }
                table { border-collapse: collapse; width: 100%%; }
                th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8886; }
                th, td:first-child { white-space: nowrap; }
                td:last-child { overflow-wrap: anywhere; }
                @media (max-width: 40rem) { th, td:first-child { white-space: normal; overflow-wrap: anywhere; } }
                code { font-size: .9em; }
                .bar { position: relative; height: 1.2rem; background: #8882; }
                .bar span { position: absolute; top: 0; bottom: 0; min-width: 2px; background: #2a6fb0; }
                .bar span.bad { background: #b3402a; }
                @media print { details { display: block; } }
                </style>
                </head>
                <body>
                <h1>%1$s</h1>
                <p><strong>%3$s %2$s</strong>, tenant %4$s</p>
                """
                        .formatted(
                                escaped(project),
                                escaped(verdict),
                                MARKS.getOrDefault(verdict, "✘"),
                                escaped(text(report, "tenant"))));
        reasons();
        requirements();
        artifacts();
        kept();
        readings();
        timeline();
        spend();
        people();
        happenings();
        out.append("<p>Root of the record: <code>")
                .append(escaped(text(report, "root")))
                .append("</code></p>\n</body>\n</html>\n");
        return out.toString();
    }

    private void heading(String title) {
        out.append("<h2>").append(title).append("</h2>\n");
    }

    private void reasons() {
        List<String> reasons =
                entries("VERDICT").stream()
                        .flatMap(entry -> entry.texts("reasons").stream())
                        .toList();
        if (!reasons.isEmpty()) {
            heading("Reasons");
            out.append("<ul>\n");
            reasons.forEach(reason -> out.append("<li>").append(escaped(reason)).append("</li>\n"));
            out.append("</ul>\n");
        }
    }

    /// A table, if there is anything to tell.
    private void table(
            String title,
            List<String> columns,
            List<JsonObject> rows,
            Function<JsonObject, List<String>> cells) {
        if (rows.isEmpty()) {
            return;
        }
        heading(title);
        out.append("<table>\n<thead><tr>");
        columns.forEach(column -> out.append("<th scope=\"col\">").append(column).append("</th>"));
        out.append("</tr></thead>\n<tbody>\n");
        for (JsonObject row : rows) {
            out.append("<tr>");
            cells.apply(row)
                    .forEach(cell -> out.append("<td>").append(escaped(cell)).append("</td>"));
            out.append("</tr>\n");
        }
        out.append("</tbody>\n</table>\n");
    }

    private void requirements() {
        table(
                "What was asked for",
                List.of("kind", "what", "where it is said"),
                report.objects("requirements"),
                row -> List.of(text(row, "kind"), text(row, "value"), where(row)));
    }

    private static String where(JsonObject requirement) {
        if (text(requirement, "origin").equals("ASSUMED")) {
            return "nowhere: assumed";
        }
        return text(requirement, "source").isEmpty()
                ? "in more than one place"
                : "%s, bytes %s to %s"
                        .formatted(
                                text(requirement, "source"),
                                text(requirement, "from"),
                                text(requirement, "to"));
    }

    private void artifacts() {
        table(
                "What was delivered",
                List.of("file", "bytes", "made by", "SHA-256"),
                entries("ARTIFACT"),
                row ->
                        List.of(
                                text(row, "path"),
                                text(row, "bytes"),
                                row.objects("provenance").stream()
                                        .map(
                                                range ->
                                                        "%s %s (%s to %s)"
                                                                .formatted(
                                                                        text(range, "origin"),
                                                                        text(range, "by"),
                                                                        text(range, "from"),
                                                                        text(range, "to")))
                                        .collect(Collectors.joining("; ")),
                                text(row, "sha256")));
    }

    private void kept() {
        table(
                "What was taken over",
                List.of("task", "from the project"),
                entries("KEPT"),
                row -> List.of(text(row, "task"), text(row, "project")));
    }

    private void readings() {
        table(
                "What a model said it means",
                List.of("model", "what came of it", "its words, SHA-256"),
                entries("READING"),
                row ->
                        List.of(
                                text(row, "model"),
                                text(row, "problem").isEmpty()
                                        ? "shown to a person"
                                        : "not taken: " + text(row, "problem"),
                                text(row, "spec_sha256")));
    }

    private void timeline() {
        if (!(report.members().get("timeline") instanceof JsonObject timeline)) {
            return;
        }
        List<JsonObject> spans = timeline.objects("spans");
        if (spans.isEmpty()) {
            return;
        }
        long makespan = Math.max(1, timeline.integer("makespan_ms").orElse(0));
        heading("When");
        out.append(
                "<p>%s ms in all; no schedule could have taken less than %s ms. Longest chain: %s.</p>\n"
                        .formatted(
                                escaped(text(timeline, "makespan_ms")),
                                escaped(text(timeline, "lower_bound_ms")),
                                escaped(String.join(" → ", timeline.texts("critical_chain")))));
        out.append("<table>\n<tbody>\n");
        for (JsonObject span : spans) {
            double from = WIDTH * span.integer("from_ms").orElse(0) / makespan;
            double share =
                    WIDTH
                            * (span.integer("to_ms").orElse(0) - span.integer("from_ms").orElse(0))
                            / makespan;
            String outcome = text(span, "outcome");
            out.append("<tr><th scope=\"row\">")
                    .append(escaped(text(span, "task")))
                    .append("</th><td style=\"width:60%\"><div class=\"bar\"><span class=\"")
                    .append(outcome.equals("DONE") ? "good" : "bad")
                    .append(
                            "\" style=\"left:%.2f%%;width:%.2f%%\"></span></div></td><td>"
                                    .formatted(from, share))
                    .append(escaped(outcome))
                    .append(", ")
                    .append(span.integer("to_ms").orElse(0) - span.integer("from_ms").orElse(0))
                    .append(" ms</td></tr>\n");
        }
        out.append("</tbody>\n</table>\n");
    }

    private void spend() {
        table(
                "What it cost, in tokens",
                List.of("task", "expected", "spent", "limit"),
                entries("SPEND"),
                row ->
                        List.of(
                                text(row, "task").isEmpty() ? "the project" : text(row, "task"),
                                expected(text(row, "task")),
                                text(row, "settled_tokens"),
                                text(row, "limit_tokens")));
    }

    /// @param task empty for all of them
    private String expected(String task) {
        Map<String, Long> tokens = Estimated.tokens(record);
        return Long.toString(
                task.isEmpty()
                        ? tokens.values().stream().mapToLong(Long::longValue).sum()
                        : tokens.getOrDefault(task, 0L));
    }

    private void people() {
        table(
                "What people decided",
                List.of("task", "decision", "by", "reason"),
                entries("PERSON"),
                row ->
                        List.of(
                                text(row, "task"),
                                text(row, "choice"),
                                text(row, "by"),
                                text(row, "reason")));
    }

    private void happenings() {
        out.append("<details>\n<summary>Everything that happened</summary>\n");
        table(
                "The record",
                List.of("no.", "when", "what", "task", "more"),
                record,
                row ->
                        List.of(
                                text(row, "seq"),
                                row.members().containsKey("at_ms")
                                        ? Instant.ofEpochMilli(row.integer("at_ms").orElse(0))
                                                .toString()
                                        : "",
                                text(row, "kind"),
                                text(row, "task"),
                                row.members().keySet().stream()
                                        .filter(name -> !TOLD_ELSEWHERE.contains(name))
                                        .map(name -> name + ": " + text(row, name))
                                        .collect(Collectors.joining(", "))));
        out.append("</details>\n");
    }

    private static String text(JsonObject object, String member) {
        return switch (object.members().get(member)) {
            case null -> "";
            case JsonString(String text) -> text;
            case JsonValue other -> CanonicalJson.JCS.text(other);
        };
    }

    /// Characters that mean something in HTML, and those that would hide what is written, by their
    /// number.
    private static String escaped(String text) {
        StringBuilder safe = new StringBuilder(text.length());
        text.codePoints()
                .forEach(
                        c -> {
                            boolean plain =
                                    c == ' '
                                            || c == '\n'
                                            || Character.isLetterOrDigit(c)
                                            || (c > ' ' && c < 127 && "<>&\"'".indexOf(c) < 0)
                                            || c == '→';
                            if (plain) {
                                safe.appendCodePoint(c);
                            } else if (Character.getType(c) == Character.FORMAT
                                    || Character.isISOControl(c)) {
                                safe.append("[U+%04X]".formatted(c));
                            } else {
                                safe.append("&#").append(c).append(';');
                            }
                        });
        return safe.toString();
    }
}
