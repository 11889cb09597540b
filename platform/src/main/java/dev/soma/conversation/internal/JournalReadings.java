package dev.soma.conversation.internal;

import dev.soma.conversation.Journal;
import dev.soma.conversation.TurnEvent;
import dev.soma.conversation.internal.JournalRepository.Place;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.json.JsonValue.JsonObject;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.springframework.dao.DataAccessException;

/// [Journal] by one virtual thread for each reader.
class JournalReadings implements Journal {
    private final JournalReading.Sources sources;
    private final Vertx vertx;

    JournalReadings(JournalReading.Sources sources, Vertx vertx) {
        this.sources = sources;
        this.vertx = vertx;
    }

    @Override
    public Reading read(ActorContext actor, String session, From from, Reader reader) {
        JournalReading reading =
                new JournalReading(
                        sources,
                        new Place(actor.tenant().value(), session),
                        actor.actor().user().value(),
                        from,
                        reader,
                        vertx.getOrCreateContext());
        Thread.ofVirtual().name("journal-reader").start(reading);
        return reading;
    }

    @Override
    public List<TurnEvent> events(byte[] frames) {
        return NativeFrames.read(frames);
    }

    @Override
    public CompletableFuture<Optional<JsonObject>> echo(ActorContext actor, UUID turn) {
        Context loop = vertx.getOrCreateContext();
        CompletableFuture<Optional<JsonObject>> found = new CompletableFuture<>();
        Thread.startVirtualThread(
                () -> {
                    try {
                        Optional<JsonObject> echo =
                                sources.sessions()
                                        .inputOf(
                                                actor.tenant().value(),
                                                actor.actor().user().value(),
                                                turn)
                                        .flatMap(History::echo);
                        loop.runOnContext(nothing -> found.complete(echo));
                    } catch (DataAccessException e) {
                        loop.runOnContext(nothing -> found.completeExceptionally(e));
                    }
                });
        return found;
    }
}
