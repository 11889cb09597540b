package dev.soma.conversation.internal;

import dev.soma.conversation.Journal.From;
import dev.soma.conversation.Journal.Reader;
import dev.soma.conversation.Journal.Reading;
import dev.soma.conversation.internal.JournalBells.Bell;
import dev.soma.conversation.internal.JournalRepository.Place;
import dev.soma.conversation.internal.JournalRepository.Row;
import dev.soma.conversation.internal.SessionRepository.Standing;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemKind;
import io.vertx.core.Context;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/// One reader of one session, on a thread of its own, since it waits for the database.
final class JournalReading implements Reading, Runnable {
    private static final Logger log = LoggerFactory.getLogger(JournalReading.class);
    private static final int ROWS = 64;
    private static final int MAX_READERS = 8;

    /// After which another node's rows are looked for.
    private static final int LOOK_MILLIS = 250;

    private final Sources sources;
    private final Place place;
    private final String user;
    private final From from;
    private final Reader reader;
    private final Context loop;

    /// One permit while the caller reads.
    private final Semaphore open = new Semaphore(1);

    private boolean paused;
    private volatile boolean stopped;

    /// Where it reads.
    record Sources(SessionRepository sessions, JournalRepository journal, JournalBells bells) {}

    JournalReading(
            Sources sources, Place place, String user, From from, Reader reader, Context loop) {
        this.sources = sources;
        this.place = place;
        this.user = user;
        this.from = from;
        this.reader = reader;
        this.loop = loop;
    }

    @Override
    public void run() {
        try (Bell bell = sources.bells().listen(place)) {
            if (sources.bells().listeners(place) > MAX_READERS) {
                refuse(
                        ProblemKind.CONCURRENCY_EXCEEDED,
                        "A session may have %d readers at once.".formatted(MAX_READERS));
                return;
            }
            begin(bell);
        } catch (DataAccessException e) {
            log.atWarn().log("a journal cannot be read");
            tell(
                    () ->
                            reader.refused(
                                    Problem.of(
                                            ProblemKind.ENGINE_UNAVAILABLE,
                                            "The database does not answer.")));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void begin(Bell bell) throws InterruptedException {
        Optional<Standing> found =
                sources.sessions()
                        .standing(place)
                        .filter(standing -> standing.owner().equals(user));
        if (found.isEmpty()) {
            refuse(ProblemKind.NOT_FOUND, "There is no such session.");
            return;
        }
        Optional<Row> extent = sources.journal().extent(place);
        long head = Math.max(found.get().head(), extent.map(Row::last).orElse(0L));
        long kept = extent.map(Row::first).orElse(head + 1);
        OptionalLong after = from.after();
        if (from.running()) {
            OptionalLong first = sources.sessions().runningFirst(place);
            if (first.isEmpty()) {
                tell(reader::nothing);
                return;
            }
            after = OptionalLong.of(first.getAsLong() - 1);
        }
        long at = after.orElse(kept - 1);
        if (at > head) {
            refuse(
                    ProblemKind.CONFLICT,
                    "The session has told %d frames; it cannot go on after %d."
                            .formatted(head, at));
        } else if (at < kept - 1) {
            refuse(ProblemKind.GONE, "Frames before %d are not kept any more.".formatted(kept));
        } else if (at == head && !found.get().running()) {
            tell(reader::nothing);
        } else {
            follow(at, bell);
        }
    }

    private void follow(long seq, Bell bell) throws InterruptedException {
        long at = seq;
        while (!stopped) {
            // Asked before the rows: what a turn told before it ended is found then.
            boolean running =
                    sources.sessions().standing(place).map(Standing::running).orElse(false);
            List<Row> rows = sources.journal().after(place, at, ROWS);
            for (Row row : rows) {
                awaitOpen();
                byte[] bytes = tail(row, at);
                tell(() -> reader.frames(bytes));
                at = row.last();
            }
            if (rows.isEmpty() && (!running || !from.follow())) {
                tell(reader::end);
                return;
            }
            if (rows.isEmpty()) {
                bell.await(LOOK_MILLIS);
            }
        }
    }

    private void awaitOpen() throws InterruptedException {
        open.acquire();
        open.release();
    }

    /// The frames of a row after a number. Frames end with an empty line, and no frame has another.
    private static byte[] tail(Row row, long at) {
        byte[] frames = row.frames();
        int start = 0;
        for (long passed = row.first(); passed <= at; passed++) {
            while (frames[start] != '\n' || frames[start + 1] != '\n') {
                start++;
            }
            start += 2;
        }
        return start == 0 ? frames : Arrays.copyOfRange(frames, start, frames.length);
    }

    private void refuse(ProblemKind kind, String detail) {
        tell(() -> reader.refused(Problem.of(kind, detail)));
    }

    private void tell(Runnable what) {
        loop.runOnContext(
                nothing -> {
                    if (!stopped) {
                        what.run();
                    }
                });
    }

    @Override
    public void stop() {
        stopped = true;
        resume();
    }

    @Override
    public void pause() {
        if (!paused) {
            paused = open.tryAcquire();
        }
    }

    @Override
    public void resume() {
        if (paused) {
            paused = false;
            open.release();
        }
    }
}
