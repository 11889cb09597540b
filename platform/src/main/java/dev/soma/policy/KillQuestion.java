package dev.soma.policy;

import dev.soma.kernel.TenantId;
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

    /// A turn.
    public static KillQuestion ofModel(TenantId tenant, String model) {
        return new KillQuestion(
                tenant,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(model),
                Optional.empty());
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
