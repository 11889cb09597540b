package dev.soma.audit.internal;

import dev.soma.audit.AuditLog;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.runtime.PrivateFiles;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The log of this node with group commit: one thread takes everything that waits, writes it, syncs
/// once, extends the
/// tree, and only then tells the waiters. After a failed sync it takes nothing more until the node
/// restarts, because
/// the kernel may have dropped the pages (PostgreSQL learned this as "fsyncgate").
class NodeAuditLog implements AuditLog {
    private static final Logger log = LoggerFactory.getLogger(NodeAuditLog.class);

    private final String origin;
    private final Path folder;
    private final AuditSettings settings;
    private final CheckpointKey key;
    private final InstantSource clock;
    private final Timer syncTime;
    private final BlockingQueue<Waiting> queue;
    private final ReentrantLock lock = new ReentrantLock();
    private final FileChannel ownership;
    private final Segments segments;
    private final MerkleTree tree;
    private final Thread writer;
    private volatile boolean accepting = true;
    private volatile long durable;
    private long signed = -1;
    private long lastSignedNanos;

    private record Waiting(byte[] bytes, CompletableFuture<Long> done) {}

    /// Opens the log, checks all of it, and starts the writer.
    ///
    /// @throws CorruptLog when entries or the signed root do not match what was written
    NodeAuditLog(
            Path folder,
            String origin,
            AuditSettings settings,
            CheckpointKey key,
            InstantSource clock,
            MeterRegistry meters)
            throws IOException {
        this.origin = origin;
        this.folder = folder;
        this.settings = settings;
        this.key = key;
        this.clock = clock;
        this.syncTime = meters.timer("soma_audit_sync_seconds");
        this.queue = new ArrayBlockingQueue<>(settings.queueEntries());
        this.ownership = own(folder);
        this.tree = new MerkleTree(folder.resolve("hashes"));
        Segments.Opened opened =
                Segments.open(
                        folder.resolve("segments"),
                        settings.segmentBytes(),
                        bytes -> tree.append(tree.leafHash(bytes)));
        this.segments = opened.segments();
        requireSignedRoot();
        Files.writeString(folder.resolve("origin"), origin + "\n");
        this.durable = segments.size();
        this.writer = Thread.ofPlatform().name("audit-writer").unstarted(this::write);
        writer.start();
        var start = JsonValue.object().put("node", origin.substring(origin.lastIndexOf('/') + 1));
        append("start", start.put("truncated_bytes", opened.tornBytes()).build()).join();
    }

    /// Two writers would tear the log apart, so the folder belongs to one process.
    private static FileChannel own(Path folder) throws IOException {
        Files.createDirectories(folder);
        FileChannel channel =
                FileChannel.open(
                        folder.resolve("lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        if (channel.tryLock() == null) {
            throw new IOException(
                    "another process writes the audit log in %s; each process needs its own 'soma.node.id' and 'soma.node.directory'"
                            .formatted(folder));
        }
        return channel;
    }

    /// The last checkpoint has to lie on the tree that the entries make now, signed by this node's
    /// key.
    private void requireSignedRoot() throws IOException {
        Path file = folder.resolve("checkpoint");
        if (!Files.exists(file)) {
            return;
        }
        String note = Files.readString(file);
        long size = Long.parseLong(note.lines().skip(1).findFirst().orElse("-1"));
        if (size < 0 || size > tree.size()) {
            throw new CorruptLog(
                    tree.size(),
                    "the signed checkpoint covers %d entries, the log holds fewer".formatted(size));
        }
        if (!key.note(size, tree.root(size)).equals(note)) {
            throw new CorruptLog(size, "the entries below it do not have the root that was signed");
        }
    }

    @Override
    public String origin() {
        return origin;
    }

    @Override
    public CompletableFuture<Long> append(String type, JsonObject fields) {
        var entry = JsonValue.object();
        fields.members().forEach(entry::put);
        byte[] bytes =
                CanonicalJson.JCS.bytes(
                        entry.put("v", 1).put("type", type).put("ts_us", micros()).build());
        if (bytes.length > Segments.MAX_ENTRY_BYTES) {
            throw new IllegalArgumentException(
                    "an audit entry of %d bytes is too large".formatted(bytes.length));
        }
        CompletableFuture<Long> done = new CompletableFuture<>();
        if (!accepting || !queue.offer(new Waiting(bytes, done))) {
            done.completeExceptionally(
                    new AuditUnavailable(
                            accepting ? "the audit queue is full" : "the audit log is closed"));
        }
        return done;
    }

    private long micros() {
        Instant now = clock.instant();
        return Math.addExact(
                Math.multiplyExact(now.getEpochSecond(), 1_000_000L), now.getNano() / 1_000);
    }

    private void write() {
        List<Waiting> batch = new ArrayList<>(settings.batchEntries());
        while (accepting || !queue.isEmpty()) {
            try {
                Waiting first = queue.poll(settings.checkpointMillis(), TimeUnit.MILLISECONDS);
                if (first != null) {
                    batch.add(first);
                    queue.drainTo(batch, settings.batchEntries() - 1);
                    commit(batch);
                }
                signIfDue(first == null);
            } catch (IOException e) {
                fail(batch, e);
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            batch.clear();
        }
    }

    private void commit(List<Waiting> batch) throws IOException {
        long first = durable;
        long started = System.nanoTime();
        lock.lock();
        try {
            segments.append(batch.stream().map(Waiting::bytes).toList());
            for (Waiting waiting : batch) {
                tree.append(tree.leafHash(waiting.bytes()));
            }
            tree.flush();
            durable = segments.size();
        } finally {
            lock.unlock();
        }
        syncTime.record(System.nanoTime() - started, TimeUnit.NANOSECONDS);
        for (int i = 0; i < batch.size(); i++) {
            batch.get(i).done().complete(first + i);
        }
    }

    private void signIfDue(boolean idle) throws IOException {
        long now = System.nanoTime();
        if (signed != durable
                && (idle || now - lastSignedNanos > settings.checkpointMillis() * 1_000_000L)) {
            sign();
            lastSignedNanos = now;
        }
    }

    private String sign() throws IOException {
        lock.lock();
        try {
            String note = key.note(durable, tree.root(durable));
            PrivateFiles.write(folder.resolve("checkpoint"), note.getBytes(StandardCharsets.UTF_8));
            signed = durable;
            return note;
        } finally {
            lock.unlock();
        }
    }

    private void fail(List<Waiting> batch, IOException cause) {
        accepting = false;
        log.atError()
                .setCause(cause)
                .log(
                        "the audit log cannot be written; this node refuses all work until it is restarted");
        queue.drainTo(batch);
        batch.forEach(
                waiting ->
                        waiting.done()
                                .completeExceptionally(
                                        new AuditUnavailable("the audit log cannot be written")));
    }

    @Override
    public long size() {
        return durable;
    }

    boolean accepting() {
        return accepting;
    }

    @Override
    public List<Entry> read(long first, int limit) {
        return locked(() -> segments.read(first, limit, durable));
    }

    @Override
    public String checkpoint() {
        return locked(this::sign);
    }

    @Override
    public InclusionProof inclusion(long index, long size) {
        if (index < 0 || index >= size || size > durable) {
            throw new IndexOutOfBoundsException("there is no such entry in a tree of that size");
        }
        return locked(
                () -> new InclusionProof(tree.hashes(0, index, 1), tree.inclusion(index, size)));
    }

    @Override
    public List<byte[]> consistency(long from, long to) {
        if (from < 0 || from > to || to > durable) {
            throw new IndexOutOfBoundsException("the log has no such pair of sizes");
        }
        return locked(() -> tree.consistency(from, to));
    }

    @Override
    public byte[] tile(int level, long tile, int width) {
        if (level < 0 || tile < 0 || width < 1 || width > 256) {
            throw new IndexOutOfBoundsException("there is no such tile");
        }
        return locked(() -> tree.hashes(level, tile * 256, width));
    }

    private interface Reading<T> {
        T run() throws IOException;
    }

    private <T> T locked(Reading<T> reading) {
        lock.lock();
        try {
            return reading.run();
        } catch (IOException e) {
            throw new UncheckedIOException("the audit log cannot be read", e);
        } finally {
            lock.unlock();
        }
    }

    /// Writes what waits, signs, closes the files.
    void close() throws IOException, InterruptedException {
        accepting = false;
        writer.join(10_000);
        sign();
        tree.close();
        segments.close();
        ownership.close();
    }

    static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    static List<String> base64(List<byte[]> hashes) {
        return hashes.stream().map(NodeAuditLog::base64).toList();
    }
}
