package dev.soma.policy;

import dev.soma.kernel.ActorContext;
import java.time.Instant;
import java.util.UUID;

/// A decision as the searchable log in PostgreSQL keeps it.
public record DecisionRow(
        UUID id, ActorContext actor, Instant at, Verdict verdict, JudgedInput input) {}
