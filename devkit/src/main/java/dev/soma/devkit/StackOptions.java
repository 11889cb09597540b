package dev.soma.devkit;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What a [Stack] consists of. The plain one has every part but Temporal, a free gateway port, and
/// engines of its own.
public record StackOptions(
        Home home,
        Set<Part> parts,
        Map<Part, String> attached,
        int gatewayPort,
        Map<String, String> platformProperties,
        List<String> platformJvmFlags) {
    public StackOptions {
        parts = Set.copyOf(parts);
        attached = Map.copyOf(attached);
        platformProperties = Map.copyOf(platformProperties);
        platformJvmFlags = List.copyOf(platformJvmFlags);
    }

    public static StackOptions in(Home home) {
        Set<Part> parts = EnumSet.allOf(Part.class);
        parts.remove(Part.TEMPORAL);
        return new StackOptions(home, parts, Map.of(), 0, Map.of(), List.of());
    }

    /// Attaches to every server that `SOMA_POSTGRES_URL`, `SOMA_REDIS_URL`, `SOMA_KAFKA_URL`,
    /// `SOMA_TEMPORAL_URL`, `SOMA_SLM_URL` or `SOMA_WITNESS_URL` names.
    public StackOptions attachedByEnvironment(Map<String, String> environment) {
        StackOptions options = this;
        for (Part part : Part.values()) {
            String url = environment.getOrDefault(part.variable(), "");
            if (part != Part.PLATFORM && !url.isBlank()) {
                options = options.attach(part, url.strip());
            }
        }
        return options;
    }

    /// These parts and no others.
    public StackOptions only(Set<Part> chosen) {
        return new StackOptions(
                home, chosen, attached, gatewayPort, platformProperties, platformJvmFlags);
    }

    public StackOptions with(Part part) {
        Set<Part> more = EnumSet.of(part);
        more.addAll(parts);
        return new StackOptions(
                home, more, attached, gatewayPort, platformProperties, platformJvmFlags);
    }

    public StackOptions without(Part part) {
        Set<Part> fewer = EnumSet.noneOf(Part.class);
        parts.stream().filter(one -> one != part).forEach(fewer::add);
        return new StackOptions(
                home, fewer, attached, gatewayPort, platformProperties, platformJvmFlags);
    }

    /// Uses the server at this address instead of starting one; any OpenAI-compatible provider for
    /// [Part#SLM].
    public StackOptions attach(Part part, String url) {
        ServerAddress.parse(part, url);
        Map<Part, String> more = new EnumMap<>(Part.class);
        more.putAll(attached);
        more.put(part, url);
        return new StackOptions(
                        home, parts, more, gatewayPort, platformProperties, platformJvmFlags)
                .with(part);
    }

    public StackOptions gatewayPort(int port) {
        return new StackOptions(home, parts, attached, port, platformProperties, platformJvmFlags);
    }

    public StackOptions platformProperty(String key, String value) {
        Map<String, String> more = new LinkedHashMap<>(platformProperties);
        more.put(key, value);
        return new StackOptions(home, parts, attached, gatewayPort, more, platformJvmFlags);
    }

    public StackOptions platformJvmFlag(String flag) {
        List<String> more = new ArrayList<>(platformJvmFlags);
        more.add(flag);
        return new StackOptions(home, parts, attached, gatewayPort, platformProperties, more);
    }
}
