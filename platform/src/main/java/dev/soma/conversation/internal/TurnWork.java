package dev.soma.conversation.internal;

import dev.soma.conversation.TurnEvent.Began;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.conversation.internal.TurnWrite.TurnKey;
import dev.soma.kernel.ActorContext;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.provider.ModelRoute;

/// What an admitted turn works on.
///
/// @param request as its verdict obliges
/// @param decision by which it was admitted
/// @param began its first event
/// @param cache its use of kept answers
/// @param wallClockSeconds how long it may take
record TurnWork(
        ActorContext actor,
        TurnRequest request,
        ModelRoute route,
        TurnKey key,
        RecordedDecision decision,
        Began began,
        TurnCache cache,
        long wallClockSeconds) {}
