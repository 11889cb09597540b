package dev.soma.policy;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.Work;
import java.util.Optional;

/// A piece of work that may be stopped; it names what it touches.
///
/// @param model as `provider/model`
public record KillQuestion(
        TenantId tenant,
        Optional<String> project,
        Optional<String> agent,
        Optional<String> tool,
        Optional<String> model,
        Optional<String> persona) {
    /// A turn before its model is known.
    public static KillQuestion ofTenant(TenantId tenant) {
        return new KillQuestion(
                tenant,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /// What a request touches.
    ///
    /// @param tool that it calls
    /// @param model that it calls
    public static KillQuestion of(
            ActorContext actor, Optional<String> tool, Optional<String> model) {
        return new KillQuestion(
                actor.tenant(),
                actor.work().map(Work::project),
                actor.work().filter(work -> !work.task().isEmpty()).map(Work::agent),
                tool,
                model,
                Optional.empty());
    }

    /// A turn.
    public static KillQuestion ofModel(ActorContext actor, String model) {
        return of(actor, Optional.empty(), Optional.of(model));
    }

    /// What it touches in a scope; the platform is touched by all, under the empty name.
    public Optional<String> target(KillScope scope) {
        return switch (scope) {
            case PLATFORM -> Optional.of("");
            case TENANT -> Optional.of(tenant.value());
            case PROJECT -> project;
            case AGENT -> agent;
            case TOOL -> tool;
            case MODEL -> model;
            case PERSONA -> persona;
        };
    }
}
