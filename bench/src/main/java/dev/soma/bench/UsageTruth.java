package dev.soma.bench;

import org.jspecify.annotations.Nullable;

/// What an answer really used, and what the provider told about it.
///
/// @param counted words of the prompt and content frames written so far, also when the stream was
/// cut or abandoned
/// @param told the usage that went onto the wire, null when none did
/// @param finished whether the answer was written to its end
public record UsageTruth(
        String responseId,
        @Nullable String requestId,
        Tokens counted,
        @Nullable Tokens told,
        boolean finished) {}
