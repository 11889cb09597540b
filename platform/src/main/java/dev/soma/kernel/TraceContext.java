package dev.soma.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// W3C trace context, level 1: what is passed on from hop to hop.
///
/// @param traceId 32 lower-case hex digits, not all zero
/// @param spanId 16 lower-case hex digits of this hop, not all zero
/// @param flags two hex digits
/// @param state `tracestate` as it came; empty without one
public record TraceContext(String traceId, String spanId, String flags, String state) {
    private static final Pattern FORM =
            Pattern.compile("([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");
    private static final Pattern MEMBER =
            Pattern.compile("[a-z0-9][a-z0-9_*/@-]{0,255}=[ -+\\--<>-~]{0,255}[!-+\\--<>-~]");
    private static final int MAX_MEMBERS = 32;

    /// What the caller sent. Empty when there is none, it is not well-formed, or there are two.
    ///
    /// @param states the `tracestate` headers; dropped whole when they are not well-formed
    public static Optional<TraceContext> parse(List<String> headers, List<String> states) {
        Optional<Matcher> valid =
                headers.size() == 1 ? parse(headers.getFirst()) : Optional.empty();
        return valid.map(m -> new TraceContext(m.group(2), m.group(3), m.group(4), state(states)));
    }

    /// Continues the caller's trace, or starts a new one.
    public static TraceContext from(List<String> headers, UUID fresh) {
        return next(parse(headers, List.of()), fresh);
    }

    /// This hop after the caller's, or the first one of a trace.
    public static TraceContext next(Optional<TraceContext> caller, UUID fresh) {
        String span = "%016x".formatted(fresh.getLeastSignificantBits());
        return caller.map(c -> new TraceContext(c.traceId, span, c.flags, c.state))
                .orElseGet(
                        () -> new TraceContext(fresh.toString().replace("-", ""), span, "01", ""));
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

    private static String state(List<String> headers) {
        List<String> members = new ArrayList<>();
        for (String header : headers) {
            for (String member : header.split(",", -1)) {
                if (!member.isBlank()) {
                    members.add(member.strip());
                }
            }
        }
        boolean valid =
                members.size() <= MAX_MEMBERS
                        && members.stream().allMatch(member -> MEMBER.matcher(member).matches());
        return valid ? String.join(",", members) : "";
    }

    /// True when the caller wants this trace to be kept.
    public boolean sampled() {
        return (Integer.parseInt(flags, 16) & 1) == 1;
    }

    public String header() {
        return "00-" + traceId + "-" + spanId + "-" + flags;
    }
}
