package dev.soma.runtime;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/// A set of drivers that one process may run. The libraries loaded are the same for all.
public enum Role {
    /// The public HTTP door.
    GATEWAY,
    /// The control plane behind it.
    API,
    /// Temporal workers.
    WORKER,
    /// Outbox and decision log to Kafka.
    RELAY,
    /// Timers: constitution polling, recovery of turns whose node died.
    SCHEDULER,
    /// Kafka consumers.
    INGEST,
    /// Database migrations.
    MIGRATE;

    /// Reads a comma-separated list; `all` names every role.
    ///
    /// @throws IllegalArgumentException naming what is not a role
    public static Set<Role> parse(String list) {
        EnumSet<Role> roles = EnumSet.noneOf(Role.class);
        for (String name : list.split(",", -1)) {
            if (name.strip().equals("all")) {
                roles.addAll(EnumSet.allOf(Role.class));
            } else {
                roles.add(one(name.strip()));
            }
        }
        return roles;
    }

    private static Role one(String name) {
        return Arrays.stream(values())
                .filter(role -> role.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "'%s' is not a role; roles are all, gateway, api, worker, relay, scheduler, ingest, migrate"
                                                .formatted(name)));
    }
}
