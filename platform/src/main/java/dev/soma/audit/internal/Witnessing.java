package dev.soma.audit.internal;

import dev.soma.runtime.PrivateFiles;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has the log's newest checkpoint cosigned by the witness while the log grows, on a thread of its
/// own. Turns never wait for it: what a witness adds is that a history which it has seen cannot be
/// rewritten unnoticed.
class Witnessing implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Witnessing.class);

    private static final String FILE = "checkpoint.cosigned";
    private static final long MAX_WAIT_MILLIS = 60_000;
    private static final int MAX_DOUBLINGS = 16;

    private final NodeAuditLog audit;
    private final Path file;
    private final AuditSettings settings;
    private final Counter failures;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Optional<WitnessClient> client;
    private final Optional<Thread> thread;

    /// What `/v1/audit/logs` shows.
    private volatile State state;

    /// The newest note with the witness's cosignature.
    private volatile Optional<Cosigned> newest = Optional.empty();

    /// What the witness cosigned last, as far as is known here. Only the driver's thread writes it.
    private long witnessSize;

    enum State {
        OFF,
        WAITING,
        WITNESSED,
        UNREACHABLE,
        REFUSED,
        TAMPERING_SUSPECTED;

        String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    record Cosigned(long size, String note) {}

    /// @param folder of the log
    Witnessing(NodeAuditLog audit, Path folder, AuditSettings settings, MeterRegistry meters)
            throws IOException {
        this.audit = audit;
        this.file = folder.resolve(FILE);
        this.settings = settings;
        this.failures = meters.counter("soma_audit_witness_failures_total");
        Gauge.builder("soma_audit_witnessed_size", this, Witnessing::size).register(meters);
        if (!settings.hasWitness()) {
            this.state = State.OFF;
            this.client = Optional.empty();
            this.thread = Optional.empty();
            return;
        }
        this.state = State.WAITING;
        WitnessKey key = WitnessKey.parse(settings.witnessKey());
        this.newest = kept(key);
        this.witnessSize = size();
        WitnessClient its =
                new WitnessClient(settings.witnessUrl(), settings.witnessTimeoutMillis());
        this.client = Optional.of(its);
        Thread driver =
                Thread.ofPlatform().name("audit-witness").daemon().unstarted(() -> run(its, key));
        this.thread = Optional.of(driver);
        driver.start();
    }

    State state() {
        return state;
    }

    /// Entries under the newest cosignature.
    long size() {
        return newest.map(Cosigned::size).orElse(0L);
    }

    Optional<String> note() {
        return newest.map(Cosigned::note);
    }

    /// The note of an earlier run, when this witness cosigned it.
    private Optional<Cosigned> kept(WitnessKey key) throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        String note = Files.readString(file);
        String text = text(note);
        Optional<Cosigned> kept =
                key.cosignature(note.substring(text.length()), text)
                        .map(line -> new Cosigned(size(text), note));
        if (kept.isEmpty()) {
            log.atWarn()
                    .addKeyValue("file", file)
                    .addKeyValue("witness", key)
                    .log("the cosigned checkpoint is not this witness's; asking it anew");
        }
        return kept;
    }

    private void run(WitnessClient its, WitnessKey key) {
        int failed = 0;
        try {
            while (!closing.await(waitMillis(failed), TimeUnit.MILLISECONDS)) {
                failed = attempt(its, key) ? 0 : Math.min(failed + 1, MAX_DOUBLINGS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private long waitMillis(int failed) {
        long interval = settings.witnessIntervalMillis();
        return Math.min(interval << failed, Math.max(MAX_WAIT_MILLIS, interval));
    }

    /// Whether the log is as far witnessed as it was signed, or nothing was to be done.
    private boolean attempt(WitnessClient its, WitnessKey key) throws InterruptedException {
        try {
            if (audit.size() == size() && state == State.WITNESSED) {
                return true;
            }
            // The first answer may be that the witness is elsewhere; the second is then final.
            return submit(its, key, true);
        } catch (RuntimeException e) {
            failed(State.UNREACHABLE, e.toString());
            return false;
        }
    }

    private boolean submit(WitnessClient its, WitnessKey key, boolean mayRepeat)
            throws InterruptedException {
        String note = audit.checkpoint();
        String text = text(note);
        long size = size(text);
        long old = witnessSize;
        if (old > size) {
            suspect("the witness cosigned %d entries, the log holds %d".formatted(old, size));
            return false;
        }
        List<byte[]> proof = old == 0 ? List.of() : audit.consistency(old, size);
        return switch (its.submit(old, proof, note)) {
            case WitnessClient.Said.Cosigned(String lines) -> {
                Optional<String> line = key.cosignature(lines, text);
                line.ifPresentOrElse(
                        cosignature -> keep(new Cosigned(size, note + cosignature)),
                        () -> failed(State.REFUSED, "the answer holds no cosignature by " + key));
                yield line.isPresent();
            }
            case WitnessClient.Said.Conflict(long seen) -> {
                witnessSize = seen;
                if (seen == old) {
                    suspect("the witness cosigned another root of %d entries".formatted(seen));
                    yield false;
                }
                // Also when it is larger than the log's: then the repetition says so.
                yield mayRepeat && submit(its, key, false);
            }
            case WitnessClient.Said.BadProof(String reason) -> {
                suspect("the log does not append to what the witness saw: " + reason);
                yield false;
            }
            case WitnessClient.Said.Refused(String reason) -> {
                failed(State.REFUSED, reason);
                yield false;
            }
            case WitnessClient.Said.Unreachable(String reason) -> {
                failed(State.UNREACHABLE, reason);
                yield false;
            }
        };
    }

    private void keep(Cosigned cosigned) {
        try {
            PrivateFiles.write(file, cosigned.note().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("the cosigned checkpoint cannot be kept", e);
        }
        witnessSize = cosigned.size();
        newest = Optional.of(cosigned);
        if (state != State.WITNESSED) {
            log.atInfo().addKeyValue("size", cosigned.size()).log("the audit log is witnessed");
        }
        state = State.WITNESSED;
    }

    /// A suspicion stands until the witness cosigns again; an outage does not cover it up.
    private void failed(State now, String reason) {
        if (closing.getCount() == 0) {
            return;
        }
        failures.increment();
        if (state == now || state == State.TAMPERING_SUSPECTED) {
            return;
        }
        state = now;
        log.atWarn()
                .addKeyValue("witness", settings.witnessUrl())
                .addKeyValue("state", now.id())
                .addKeyValue("reason", reason)
                .log("the audit log could not be witnessed; it is tried again");
    }

    private void suspect(String reason) {
        failures.increment();
        if (state != State.TAMPERING_SUSPECTED) {
            log.atError()
                    .addKeyValue("origin", audit.origin())
                    .addKeyValue("reason", reason)
                    .log(
                            "suspected tampering: the audit log is not the one that the witness saw; see the runbook");
        }
        state = State.TAMPERING_SUSPECTED;
    }

    /// The signed text of a note, up to and including the newline before the blank line.
    private static String text(String note) {
        return note.substring(0, note.indexOf("\n\n") + 1);
    }

    private static long size(String text) {
        return Long.parseLong(text.lines().skip(1).findFirst().orElse("0"));
    }

    /// Ends the driver by cutting its call, never by an interrupt: that would close the log's files
    /// under it.
    @Override
    public void close() throws InterruptedException {
        closing.countDown();
        client.ifPresent(WitnessClient::close);
        if (thread.isPresent()) {
            thread.get().join(TimeUnit.SECONDS.toMillis(10));
        }
    }
}
