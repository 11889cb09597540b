package dev.soma.provider.internal;

import dev.soma.provider.ProviderClient.Ending;
import dev.soma.provider.ProviderClient.ProviderListener;
import java.util.OptionalLong;

/// Hands everything on; what lies between a call and its caller overrides what it looks at.
abstract class ForwardingListener implements ProviderListener {
    private final ProviderListener next;

    ForwardingListener(ProviderListener next) {
        this.next = next;
    }

    @Override
    public void text(String piece) {
        next.text(piece);
    }

    @Override
    public void reasoning(String piece) {
        next.reasoning(piece);
    }

    @Override
    public void tool(String id, String name, String arguments) {
        next.tool(id, name, arguments);
    }

    @Override
    public void embedding(int index, String base64) {
        next.embedding(index, base64);
    }

    @Override
    public void queued(int position, OptionalLong waitMillis) {
        next.queued(position, waitMillis);
    }

    @Override
    public void sent() {
        next.sent();
    }

    @Override
    public void ended(Ending ending) {
        next.ended(ending);
    }
}
