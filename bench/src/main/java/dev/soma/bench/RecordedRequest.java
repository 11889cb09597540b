package dev.soma.bench;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One request as the scripted provider saw it.
///
/// @param sequence counts from 1 over the life of the provider
/// @param headers lower-case names; values of credentials are replaced by `(present)`
/// @param status 0 until the head of the answer is written to its end
/// @param framesSent content frames written
/// @param disconnectedAtFrame frames written when the client closed before the end, null when it
/// did not
public record RecordedRequest(
        long sequence,
        String responseId,
        @Nullable String requestId,
        String method,
        String path,
        Map<String, String> headers,
        boolean authorizationPresent,
        @Nullable String traceparent,
        String bodySha256,
        int bodyBytes,
        @Nullable String model,
        boolean stream,
        int status,
        int framesSent,
        boolean finished,
        @Nullable Integer disconnectedAtFrame,
        UsageTruth truth) {}
