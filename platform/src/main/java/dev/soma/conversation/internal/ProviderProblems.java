package dev.soma.conversation.internal;

import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import dev.soma.provider.ProviderClient.Failure;

/// What a caller is told of a provider's failure: what happened, never the provider's own words.
final class ProviderProblems {
    private ProviderProblems() {}

    /// @param retryAfterMillis how long it may be until it is worth asking again; 0 when unknown
    static Problem of(Failure kind, long retryAfterMillis) {
        return of(kind).after(Math.ceilDiv(retryAfterMillis, 1_000));
    }

    private static Problem of(Failure kind) {
        return switch (kind) {
            case CONTEXT_LENGTH ->
                    Problem.of(
                            ProblemKind.CONTEXT_LENGTH_EXCEEDED,
                            "Shorten the messages or ask for fewer tokens.");
            case TIMEOUT ->
                    Problem.of(
                            ProblemKind.DEADLINE_EXCEEDED, "The provider did not answer in time.");
            case UNAVAILABLE ->
                    Problem.of(
                            ProblemKind.OVERLOADED,
                            "The provider failed too often of late; it is asked again in a while.");
            case BUSY ->
                    Problem.of(
                            ProblemKind.OVERLOADED,
                            "Too many requests wait for this provider; Retry-After says when it may have caught up.");
            case UNSUPPORTED ->
                    Problem.of(
                            ProblemKind.INVALID_REQUEST,
                            "The model's provider cannot do all that is asked; leave out embeddings, seed, penalties and response_format, or name another model.");
            case CONNECT -> failed("The provider cannot be reached.");
            case RATE_LIMITED -> failed("The provider takes no more requests at present.");
            case REFUSED -> failed("The provider refused the request.");
            case SERVER_ERROR -> failed("The provider reported a failure of its own.");
            case CUT -> failed("The provider broke off in the middle of its answer.");
            case MALFORMED -> failed("The provider's answer is not what it should be.");
            case TOO_LARGE -> failed("The provider's answer is too large.");
        };
    }

    private static Problem failed(String detail) {
        return Problem.of(ProblemKind.PROVIDER_FAILED, detail);
    }
}
