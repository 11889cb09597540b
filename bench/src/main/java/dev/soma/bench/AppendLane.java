package dev.soma.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import org.HdrHistogram.Histogram;

/// What the disk alone costs: append 600 bytes and `fdatasync`, again and again. Latency of a
/// durable commit is judged against this figure of the same run.
final class AppendLane implements AutoCloseable {
    static final int RECORD_BYTES = 600;

    private final Path file;
    private final FileChannel channel;
    private final Histogram nanos = Quantiles.histogram();

    private AppendLane(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    static AppendLane in(Path folder) throws IOException {
        Path file = Files.createTempFile(folder, "bench-append-", ".tmp");
        return new AppendLane(
                file, FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND));
    }

    Path file() {
        return file;
    }

    void run(int mostAppends, Duration time) throws IOException {
        byte[] bytes = new byte[RECORD_BYTES];
        Arrays.fill(bytes, (byte) 'a');
        ByteBuffer record = ByteBuffer.wrap(bytes);
        long end = System.nanoTime() + time.toNanos();
        for (int i = 0; i < mostAppends && System.nanoTime() < end; i++) {
            record.rewind();
            long start = System.nanoTime();
            while (record.hasRemaining()) {
                channel.write(record);
            }
            channel.force(false);
            Quantiles.record(nanos, System.nanoTime() - start);
        }
    }

    Quantiles result() {
        return Quantiles.of(nanos);
    }

    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(file);
    }
}
