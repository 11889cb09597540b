package dev.soma.kamachiq.gate;

/// Something that a review found, so that whoever remedies it can see it again.
///
/// @param file path of the file, empty when it is about the whole
/// @param line from 1; 0 when it is about the whole file
/// @param rule name of what was looked for
/// @param detail what was found, and what should have been
public record Defect(String file, int line, String rule, String detail) {}
