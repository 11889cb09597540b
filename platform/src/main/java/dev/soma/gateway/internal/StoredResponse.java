package dev.soma.gateway.internal;

import dev.soma.conversation.Journal;
import dev.soma.kernel.Problem;

/// A stored response, told again from the journal.
final class StoredResponse implements Replay.Telling {
    private final Journal journal;
    private final ResponsesStream renderer;

    StoredResponse(Journal journal, ResponsesStream renderer) {
        this.journal = journal;
        this.renderer = renderer;
    }

    @Override
    public void frames(byte[] bytes) {
        journal.events(bytes).forEach(renderer::event);
    }

    @Override
    public void nothing() {
        renderer.standing();
    }

    @Override
    public void end() {
        renderer.standing();
    }

    @Override
    public void refused(Problem problem) {
        renderer.lost(problem);
    }

    @Override
    public void heartbeat() {
        renderer.heartbeat();
    }
}
