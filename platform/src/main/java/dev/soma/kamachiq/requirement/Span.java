package dev.soma.kamachiq.requirement;

/// A part of a specification.
///
/// @param source `text`, `goals/0`, `constraints/2` and so on
/// @param from first byte in the source's UTF-8
/// @param to the byte after its last
public record Span(String source, int from, int to) {}
