package dev.soma.provider;

import dev.soma.kernel.ActorContext;
import java.util.List;
import java.util.Optional;

/// The registry. Thread-safe; reads memory only.
public interface Providers {
    /// The model that a caller means: `provider/model`, or a bare model name that only one provider
    /// has.
    Optional<ModelTarget> resolve(ActorContext actor, String name);

    /// The models that may answer a request for a name: the targets of the tenant's profile of that
    /// name, or else the one model that it means.
    Optional<ModelRoute> route(ActorContext actor, String name);

    /// Every model that the tenant may use, by address.
    List<ModelTarget> models(ActorContext actor);
}
