package dev.soma.conversation.internal;

import dev.soma.provider.ModelRoute;
import dev.soma.provider.ModelTarget;
import dev.soma.provider.ProviderClient.Failure;
import java.util.List;
import java.util.Optional;

/// Which model is asked next when one fails: at most so many are, none twice, and only where it can
/// help. Pure; not thread-safe.
final class Attempts {
    private final List<ModelTarget> targets;
    private final int max;
    private int at;
    private int number = 1;
    private int largestContext;

    /// @param max how many models are asked at most
    Attempts(ModelRoute route, int max) {
        this.targets = route.targets();
        this.max = max;
        this.largestContext = route.first().contextTokens();
    }

    ModelTarget current() {
        return targets.get(at);
    }

    /// Counted from 1.
    int number() {
        return number;
    }

    /// True while another model may be asked.
    boolean anyLeft() {
        return number < max && at + 1 < targets.size();
    }

    /// Goes on to the next model that may answer after this failure.
    ///
    /// @param said whether the caller has heard a part of the answer, so that the next model has to
    /// go on from there
    /// @return empty when this failure ends the turn
    Optional<ModelTarget> next(Failure failure, boolean said) {
        if (!helps(failure, said) || number >= max) {
            return Optional.empty();
        }
        while (at + 1 < targets.size()) {
            at++;
            ModelTarget target = current();
            boolean fits =
                    failure != Failure.CONTEXT_LENGTH || target.contextTokens() > largestContext;
            largestContext = Math.max(largestContext, target.contextTokens());
            if (fits && (!said || target.continues())) {
                number++;
                return Optional.of(target);
            }
        }
        return Optional.empty();
    }

    /// What the request itself is to blame for is the same everywhere.
    private static boolean helps(Failure failure, boolean said) {
        return switch (failure) {
            case CONNECT, UNAVAILABLE, BUSY, RATE_LIMITED, TIMEOUT, SERVER_ERROR, CUT, MALFORMED ->
                    true;
            case CONTEXT_LENGTH, TOO_LARGE, UNSUPPORTED -> !said;
            case REFUSED -> false;
        };
    }
}
