package dev.soma.conversation.internal;

import dev.soma.events.Changes;

/// Stops the turns of this node that somebody has asked to stop.
class StopFollower implements Changes.Follower {
    private final StopIntents intents;
    private final NodePulse node;
    private final RunningTurns running;

    StopFollower(StopIntents intents, NodePulse node, RunningTurns running) {
        this.intents = intents;
        this.node = node;
        this.running = running;
    }

    @Override
    public Changes.Kind kind() {
        return Changes.Kind.CONVERSATION;
    }

    @Override
    public void reload() {
        running.stop(intents.open(node.life()));
    }
}
