package dev.soma.verifier;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/// The records of a log in order, one at a time, in one buffer.
final class Segments implements AutoCloseable {
    private static final int HEADER_BYTES = 8;
    private static final int MAX_ENTRY_BYTES = 65_535;
    private static final int READ_BYTES = 1 << 18;

    private final List<Path> files;
    private final byte[] header = new byte[HEADER_BYTES];
    private final byte[] entry = new byte[MAX_ENTRY_BYTES];
    private final CRC32C crc = new CRC32C();
    private InputStream in = InputStream.nullInputStream();
    private int opened;
    private int length;
    private long read;
    private long tornBytes;

    private Segments(List<Path> files) {
        this.files = files;
    }

    static Segments open(Path folder) throws IOException, Fault {
        if (!Files.isDirectory(folder)) {
            throw new Fault("the folder segments is missing");
        }
        try (Stream<Path> list = Files.list(folder)) {
            return new Segments(list.sorted().toList());
        }
    }

    /// Moves to the next entry; false at the end, which an incomplete last record also is.
    boolean next() throws IOException, Fault {
        int got = in.readNBytes(header, 0, HEADER_BYTES);
        while (got == 0) {
            if (opened == files.size()) {
                return false;
            }
            openNext();
            got = in.readNBytes(header, 0, HEADER_BYTES);
        }
        if (got < HEADER_BYTES) {
            return torn(got);
        }
        ByteBuffer numbers = ByteBuffer.wrap(header);
        long announced = Integer.toUnsignedLong(numbers.getInt());
        if (announced < 1 || announced > MAX_ENTRY_BYTES) {
            throw new Fault(
                    read,
                    "the record's length is " + announced + ", allowed is 1 to " + MAX_ENTRY_BYTES);
        }
        length = in.readNBytes(entry, 0, (int) announced);
        if (length < announced) {
            return torn(HEADER_BYTES + length);
        }
        crc.reset();
        crc.update(entry, 0, length);
        if ((int) crc.getValue() != numbers.getInt()) {
            throw new Fault(read, "the bytes do not match the record's CRC-32C");
        }
        read++;
        return true;
    }

    /// The current entry; valid up to `length()` and until the next call of `next()`.
    byte[] entry() {
        return entry;
    }

    int length() {
        return length;
    }

    /// Whole entries read so far.
    long read() {
        return read;
    }

    long tornBytes() {
        return tornBytes;
    }

    private void openNext() throws IOException, Fault {
        Path file = files.get(opened);
        String expected = "%020d.seg".formatted(read);
        String found = String.valueOf(file.getFileName());
        if (!found.equals(expected)) {
            throw new Fault(
                    read,
                    "the next segment must be " + expected + ", found is " + Json.quote(found));
        }
        in.close();
        in = new BufferedInputStream(Files.newInputStream(file), READ_BYTES);
        opened++;
    }

    private boolean torn(int bytes) throws Fault {
        if (opened < files.size()) {
            throw new Fault(
                    read,
                    "the segment ends inside this record, "
                            + bytes
                            + " bytes in, though another follows");
        }
        tornBytes = bytes;
        return false;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
