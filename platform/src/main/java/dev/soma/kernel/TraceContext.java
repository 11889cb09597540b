package dev.soma.kernel;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// W3C trace context, level 1: the part of `traceparent` that is passed on.
///
/// @param traceId 32 lower-case hex digits, not all zero
/// @param spanId 16 lower-case hex digits of this hop, not all zero
/// @param flags two hex digits
public record TraceContext(String traceId, String spanId, String flags) {
    private static final Pattern FORM =
            Pattern.compile("([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");

    /// Continues the caller's trace, or starts a new one when there is none or it is not
    /// well-formed. Two headers
    /// count as none.
    public static TraceContext from(List<String> headers, UUID fresh) {
        String span = "%016x".formatted(fresh.getLeastSignificantBits());
        Optional<Matcher> valid =
                headers.size() == 1 ? parse(headers.getFirst()) : Optional.empty();
        return valid.map(m -> new TraceContext(m.group(2), span, m.group(4)))
                .orElseGet(() -> new TraceContext(fresh.toString().replace("-", ""), span, "01"));
    }

    private static Optional<Matcher> parse(String header) {
        Matcher matcher = FORM.matcher(header);
        boolean valid =
                matcher.matches()
                        && !matcher.group(1).equals("ff")
                        && (matcher.group(5) == null || !matcher.group(1).equals("00"))
                        && !matcher.group(2).equals("0".repeat(32))
                        && !matcher.group(3).equals("0".repeat(16));
        return valid ? Optional.of(matcher) : Optional.empty();
    }

    public String header() {
        return "00-" + traceId + "-" + spanId + "-" + flags;
    }
}
