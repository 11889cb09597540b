package dev.soma.kamachiq.requirement;

/// Something that is asked for, or seems to be, and that no requirement stands for.
///
/// @param text the words themselves
/// @param why for people
public record Gap(Kind kind, Span span, String text, String why) {
    /// Why it stays open.
    public enum Kind {
        /// Words that name something the library does not know.
        UNACCOUNTED,
        /// Words that are understood and cannot be done as they stand.
        UNRESOLVED,
        /// Two parts that cannot both hold.
        CONFLICT
    }
}
