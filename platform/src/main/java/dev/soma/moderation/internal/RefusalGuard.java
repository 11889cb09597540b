package dev.soma.moderation.internal;

import dev.soma.policy.OutputGuard;
import dev.soma.policy.text.StreamGuard;
import java.util.Optional;

/// Guards one answer by the refusals of a constitution. Not thread-safe.
final class RefusalGuard implements OutputGuard {
    private final Refusals refusals;
    private final StreamGuard guard;

    RefusalGuard(Refusals refusals) {
        this.refusals = refusals;
        this.guard = new StreamGuard(refusals.search());
    }

    @Override
    public String feed(String piece) {
        return guard.feed(piece);
    }

    @Override
    public String finish() {
        return guard.finish();
    }

    @Override
    public Optional<Breach> breach() {
        if (guard.found().isEmpty()) {
            return Optional.empty();
        }
        Refusals.Entry entry = refusals.owners().get(guard.found().getAsInt());
        return Optional.of(new Breach(entry.name(), entry.article()));
    }
}
