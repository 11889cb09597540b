package dev.soma.conversation.internal;

import dev.soma.conversation.Journal;
import dev.soma.conversation.internal.JournalRepository.Place;
import dev.soma.kernel.ActorContext;
import io.vertx.core.Vertx;
import java.util.OptionalLong;

/// [Journal] by one virtual thread for each reader.
class JournalReadings implements Journal {
    private final JournalReading.Sources sources;
    private final Vertx vertx;

    JournalReadings(JournalReading.Sources sources, Vertx vertx) {
        this.sources = sources;
        this.vertx = vertx;
    }

    @Override
    public Reading read(ActorContext actor, String session, OptionalLong after, Reader reader) {
        JournalReading reading =
                new JournalReading(
                        sources,
                        new Place(actor.tenant().value(), session),
                        actor.actor().user().value(),
                        after,
                        reader,
                        vertx.getOrCreateContext());
        Thread.ofVirtual().name("journal-reader").start(reading);
        return reading;
    }
}
