package dev.soma.audit.internal;

import dev.soma.kernel.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/// The tree of RFC 6962 over the entries. Level L of the files holds the roots of complete subtrees
/// of 256^L leaves,
/// which is every node a proof needs within eight combinations. Guarded by the owner's lock.
class MerkleTree implements AutoCloseable {
    static final int HASH_BYTES = 32;
    private static final int TILE = 256;

    private final Path folder;
    private final MessageDigest sha256 = Digest.newSha256();
    private final List<Level> levels = new ArrayList<>();
    private long size;

    /// One file of hashes, and the tile at its end that is still growing.
    private static final class Level {
        final FileChannel file;
        final byte[] tile = new byte[TILE * HASH_BYTES];
        long count;

        Level(FileChannel file) {
            this.file = file;
        }
    }

    /// Starts empty; the files are written anew from the entries.
    MerkleTree(Path folder) throws IOException {
        this.folder = folder;
        Files.createDirectories(folder);
    }

    long size() {
        return size;
    }

    byte[] leafHash(byte[] entry) {
        sha256.update((byte) 0);
        return sha256.digest(entry);
    }

    void append(byte[] leafHash) throws IOException {
        push(0, leafHash);
        size++;
    }

    private void push(int level, byte[] hash) throws IOException {
        if (levels.size() == level) {
            levels.add(
                    new Level(
                            FileChannel.open(
                                    folder.resolve(Integer.toString(level)),
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.TRUNCATE_EXISTING,
                                    StandardOpenOption.READ,
                                    StandardOpenOption.WRITE)));
        }
        Level target = levels.get(level);
        int slot = (int) (target.count % TILE);
        System.arraycopy(hash, 0, target.tile, slot * HASH_BYTES, HASH_BYTES);
        target.count++;
        if (slot == TILE - 1) {
            writeTile(target);
            push(level + 1, combineAll(target.tile, 0, TILE));
        }
    }

    /// Writes the growing tiles, so that a reader of the files sees every hash.
    void flush() throws IOException {
        for (Level level : levels) {
            writeTile(level);
        }
    }

    private static void writeTile(Level level) throws IOException {
        int filled = (int) ((level.count - 1) % TILE) + 1;
        ByteBuffer buffer = ByteBuffer.wrap(level.tile, 0, filled * HASH_BYTES);
        long offset = (level.count - filled) * HASH_BYTES;
        while (buffer.hasRemaining()) {
            level.file.write(buffer, offset + buffer.position());
        }
    }

    /// Hashes `first` to `first + count` of a level.
    byte[] hashes(int level, long first, int count) throws IOException {
        Level source = levels.get(level);
        if (first < 0 || first + count > source.count) {
            throw new IndexOutOfBoundsException("the log has no such hashes yet");
        }
        long tileStart = (source.count - 1) / TILE * TILE;
        byte[] hashes = new byte[count * HASH_BYTES];
        if (first >= tileStart) {
            System.arraycopy(
                    source.tile, (int) (first - tileStart) * HASH_BYTES, hashes, 0, hashes.length);
            return hashes;
        }
        flush();
        ByteBuffer buffer = ByteBuffer.wrap(hashes);
        while (buffer.hasRemaining()) {
            if (source.file.read(buffer, first * HASH_BYTES + buffer.position()) < 0) {
                throw new IOException(
                        "the hash file of level %d is shorter than it was".formatted(level));
            }
        }
        return hashes;
    }

    byte[] root(long treeSize) throws IOException {
        return treeSize == 0 ? Digest.sha256(new byte[0]) : range(0, treeSize);
    }

    /// MTH(D[low:high]) of RFC 6962; `low` is a multiple of the largest power of two not above the
    /// length.
    private byte[] range(long low, long high) throws IOException {
        long length = high - low;
        if (Long.bitCount(length) == 1) {
            return subtree(Long.numberOfTrailingZeros(length), low);
        }
        long split = Long.highestOneBit(length - 1);
        return combine(range(low, low + split), range(low + split, high));
    }

    /// Root of the complete subtree of 2^height leaves that starts at `low`.
    private byte[] subtree(int height, long low) throws IOException {
        int level = Math.min(height / 8, levels.size() - 1);
        int count = 1 << (height - 8 * level);
        return combineAll(hashes(level, low >>> (8 * level), count), 0, count);
    }

    List<byte[]> inclusion(long index, long treeSize) throws IOException {
        List<byte[]> path = new ArrayList<>();
        long low = 0;
        long high = treeSize;
        while (high - low > 1) {
            long split = Long.highestOneBit(high - low - 1);
            if (index < low + split) {
                path.addFirst(range(low + split, high));
                high = low + split;
            } else {
                path.addFirst(range(low, low + split));
                low += split;
            }
        }
        return path;
    }

    List<byte[]> consistency(long from, long to) throws IOException {
        List<byte[]> path = new ArrayList<>();
        if (from == 0 || from == to) {
            return path;
        }
        long low = 0;
        long high = to;
        boolean whole = true;
        while (from != high) {
            long split = Long.highestOneBit(high - low - 1);
            if (from <= low + split) {
                path.addFirst(range(low + split, high));
                high = low + split;
            } else {
                path.addFirst(range(low, low + split));
                low += split;
                whole = false;
            }
        }
        if (!whole) {
            path.addFirst(range(low, high));
        }
        return path;
    }

    private byte[] combineAll(byte[] hashes, int first, int count) {
        if (count == 1) {
            byte[] one = new byte[HASH_BYTES];
            System.arraycopy(hashes, first * HASH_BYTES, one, 0, HASH_BYTES);
            return one;
        }
        return combine(
                combineAll(hashes, first, count / 2),
                combineAll(hashes, first + count / 2, count / 2));
    }

    private byte[] combine(byte[] left, byte[] right) {
        sha256.update((byte) 1);
        sha256.update(left);
        return sha256.digest(right);
    }

    @Override
    public void close() throws IOException {
        flush();
        for (Level level : levels) {
            level.file.close();
        }
    }
}
