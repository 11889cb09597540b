package dev.soma.audit.internal;

import dev.soma.audit.AuditLog.Entry;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/// The framed entries on disk. Written by one thread; read by any under the owner's lock.
class Segments implements AutoCloseable {
    static final int MAX_ENTRY_BYTES = 65_535;
    private static final int HEADER_BYTES = 8;
    private static final int MARK_EVERY = 256;

    private final Path folder;
    private final long rollBytes;

    /// Where every 256th entry starts.
    private final TreeMap<Long, Mark> marks = new TreeMap<>();

    private FileChannel channel;
    private Path file;
    private long size;

    private record Mark(Path file, long offset) {}

    /// Takes what a scan finds, in order.
    interface Visitor {
        void entry(byte[] bytes) throws IOException;
    }

    private Segments(Path folder, long rollBytes, Path file) throws IOException {
        this.folder = folder;
        this.rollBytes = rollBytes;
        this.file = file;
        this.channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
    }

    /// What opening found.
    ///
    /// @param tornBytes bytes of a last record that a crash left unfinished, now cut off
    record Opened(Segments segments, long tornBytes) {}

    /// Reads everything and leaves the writer at the end.
    ///
    /// @throws CorruptLog when a record is damaged anywhere but at the very end
    static Opened open(Path folder, long rollBytes, Visitor visitor) throws IOException {
        Files.createDirectories(folder);
        List<Path> files;
        try (Stream<Path> listing = Files.list(folder)) {
            files =
                    new ArrayList<>(
                            listing.filter(path -> path.toString().endsWith(".seg"))
                                    .sorted()
                                    .toList());
        }
        if (files.isEmpty()) {
            files.add(folder.resolve(name(0)));
        }
        Segments segments = new Segments(folder, rollBytes, files.getLast());
        long torn = 0;
        for (Path path : files) {
            if (!path.getFileName().toString().equals(name(segments.size))) {
                throw new CorruptLog(
                        segments.size, "the segment that starts at this entry is missing");
            }
            torn = segments.scan(path, path.equals(files.getLast()), visitor);
        }
        segments.channel.truncate(segments.channel.size() - torn);
        segments.channel.position(segments.channel.size());
        return new Opened(segments, torn);
    }

    private static String name(long first) {
        return "%020d.seg".formatted(first);
    }

    private long scan(Path path, boolean last, Visitor visitor) throws IOException {
        try (FileChannel in =
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            long end = in.size();
            long offset = 0;
            while (offset < end) {
                byte[] bytes = readRecord(in, offset, end);
                if (bytes.length == 0) {
                    if (last && isTorn(in, offset, end)) {
                        return end - offset;
                    }
                    throw new CorruptLog(size, "its length or checksum is wrong");
                }
                mark(path, offset);
                visitor.entry(bytes);
                size++;
                offset += HEADER_BYTES + bytes.length;
            }
            return 0;
        }
    }

    /// The record at an offset, or no bytes when it is damaged or incomplete.
    private static byte[] readRecord(FileChannel in, long offset, long end) throws IOException {
        if (end - offset < HEADER_BYTES) {
            return new byte[0];
        }
        ByteBuffer header = read(in, offset, HEADER_BYTES);
        int length = header.getInt();
        int expected = header.getInt();
        if (length < 1 || length > MAX_ENTRY_BYTES || end - offset - HEADER_BYTES < length) {
            return new byte[0];
        }
        byte[] bytes = read(in, offset + HEADER_BYTES, length).array();
        return crc(bytes) == expected ? bytes : new byte[0];
    }

    /// True when the damage can only be the unfinished write of a crash: the record runs up to or
    /// past the end of
    /// the file, or nothing but zeros follows.
    private static boolean isTorn(FileChannel in, long offset, long end) throws IOException {
        if (end - offset < HEADER_BYTES) {
            return true;
        }
        int length = read(in, offset, 4).getInt();
        if (length >= 1 && length <= MAX_ENTRY_BYTES && offset + HEADER_BYTES + length >= end) {
            return true;
        }
        for (long at = offset; at < end; at += 8_192) {
            for (byte b : read(in, at, (int) Math.min(8_192, end - at)).array()) {
                if (b != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    private void mark(Path path, long offset) {
        if (size % MARK_EVERY == 0) {
            marks.put(size, new Mark(path, offset));
        }
    }

    long size() {
        return size;
    }

    /// Writes a batch and syncs it.
    void append(List<byte[]> entries) throws IOException {
        if (channel.position() >= rollBytes) {
            roll();
        }
        int total = entries.stream().mapToInt(entry -> HEADER_BYTES + entry.length).sum();
        ByteBuffer buffer = ByteBuffer.allocate(total);
        long offset = channel.position();
        for (byte[] entry : entries) {
            mark(file, offset + buffer.position());
            buffer.putInt(entry.length).putInt(crc(entry)).put(entry);
            size++;
        }
        buffer.flip();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        channel.force(false);
    }

    private void roll() throws IOException {
        channel.close();
        file = folder.resolve(name(size));
        channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    /// Reads entries that are already on disk; stays inside `end`.
    List<Entry> read(long first, int limit, long end) throws IOException {
        List<Entry> entries = new ArrayList<>();
        var start = marks.floorEntry(first);
        if (start == null || first >= end) {
            return entries;
        }
        long index = start.getKey();
        Mark mark = start.getValue();
        long offset = mark.offset();
        FileChannel in = FileChannel.open(mark.file(), StandardOpenOption.READ);
        try {
            while (index < Math.min(end, first + limit)) {
                Mark jump = marks.get(index);
                if (jump != null && !jump.file().equals(mark.file())) {
                    in.close();
                    mark = jump;
                    offset = jump.offset();
                    in = FileChannel.open(jump.file(), StandardOpenOption.READ);
                } else if (offset >= in.size()) {
                    in.close();
                    mark = new Mark(folder.resolve(name(index)), 0);
                    offset = 0;
                    in = FileChannel.open(mark.file(), StandardOpenOption.READ);
                }
                byte[] bytes = readRecord(in, offset, in.size());
                if (bytes.length == 0) {
                    throw new CorruptLog(index, "its length or checksum is wrong");
                }
                if (index >= first) {
                    entries.add(new Entry(index, bytes));
                }
                offset += HEADER_BYTES + bytes.length;
                index++;
            }
        } finally {
            in.close();
        }
        return entries;
    }

    private static ByteBuffer read(FileChannel in, long offset, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (in.read(buffer, offset + buffer.position()) < 0) {
                throw new EOFException("a segment became shorter while it was read");
            }
        }
        return buffer.flip();
    }

    private static int crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
