package dev.soma.provider;

import java.util.List;
import java.util.Optional;

/// The models that may answer a request, in the order in which they are asked: the first, and those
/// that stand in when it fails.
///
/// @param targets at least one, none twice
/// @param caching when answers may be kept
public record ModelRoute(List<ModelTarget> targets, Optional<Caching> caching) {
    public ModelRoute {
        targets = List.copyOf(targets);
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("a route leads to a model");
        }
    }

    /// How long answers are kept.
    ///
    /// @param profile name and version; an answer of another one is not the same
    public record Caching(String profile, int seconds) {}

    public static ModelRoute to(ModelTarget target) {
        return new ModelRoute(List.of(target), Optional.empty());
    }

    public ModelTarget first() {
        return targets.getFirst();
    }
}
