package dev.soma.cli;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/// Times as commands take them: a day, or an instant.
final class ReportTime {
    private ReportTime() {}

    /// The beginning of a day in UTC, some days later; or the instant that is named.
    static Instant parse(CommandLine command, String text, int days) {
        try {
            return text.contains("T")
                    ? Instant.parse(text)
                    : LocalDate.parse(text).plusDays(days).atStartOfDay().toInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            throw new ParameterException(
                    command,
                    "'%s' is neither a day such as 2026-01-31 nor a time such as 2026-01-31T12:00:00Z"
                            .formatted(text),
                    e);
        }
    }
}
