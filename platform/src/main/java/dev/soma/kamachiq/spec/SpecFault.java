package dev.soma.kamachiq.spec;

/// Something that is wrong with a specification.
///
/// @param line from 1, as handed in; 0 when it is of the whole
/// @param pointer RFC 6901; empty for the whole document
/// @param message for people
public record SpecFault(int line, String pointer, String message) {
    @Override
    public String toString() {
        String where = pointer.isEmpty() ? "" : " " + pointer;
        return (line > 0 ? "line " + line : "specification") + where + ": " + message;
    }
}
