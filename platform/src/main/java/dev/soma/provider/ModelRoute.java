package dev.soma.provider;

import java.util.List;

/// The models that may answer a request, in the order in which they are asked: the first, and those
/// that stand in when it fails.
///
/// @param targets at least one, none twice
public record ModelRoute(List<ModelTarget> targets) {
    public ModelRoute {
        targets = List.copyOf(targets);
        if (targets.isEmpty()) {
            throw new IllegalArgumentException("a route leads to a model");
        }
    }

    public static ModelRoute to(ModelTarget target) {
        return new ModelRoute(List.of(target));
    }

    public ModelTarget first() {
        return targets.getFirst();
    }
}
