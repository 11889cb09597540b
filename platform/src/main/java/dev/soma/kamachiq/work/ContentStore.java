package dev.soma.kamachiq.work;

import dev.soma.kernel.Digest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.regex.Pattern;

/// Bytes by their SHA-256, each a file that never changes. Thread-safe, also between processes that
/// share the folder.
public final class ContentStore {
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    private final Path folder;

    public ContentStore(Path folder) {
        this.folder = folder;
    }

    /// @return the digest, in lower-case hexadecimal; durable once this returns
    /// @throws UncheckedIOException when the folder does not take it
    public String put(byte[] bytes) {
        String digest = Digest.sha256Hex(bytes);
        Path file = file(digest);
        try {
            if (!Files.exists(file)) {
                write(file, bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the content store does not take " + digest, e);
        }
        return digest;
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        Files.createDirectories(
                file.getParent(),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path part = Files.createTempFile(file.getParent(), "part-", "");
        try {
            Files.write(part, bytes);
            try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel parent = FileChannel.open(file.getParent())) {
                parent.force(true);
            }
        } catch (FileAlreadyExistsException there) {
            // Another writer had the same bytes.
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /// @return empty when there are no such bytes, or those in their place are others
    public Optional<byte[]> get(String digest) {
        Path file = file(digest);
        try {
            if (!Files.exists(file)) {
                return Optional.empty();
            }
            byte[] bytes = Files.readAllBytes(file);
            return Digest.sha256Hex(bytes).equals(digest) ? Optional.of(bytes) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("the content store does not give " + digest, e);
        }
    }

    private Path file(String digest) {
        if (!DIGEST.matcher(digest).matches()) {
            throw new IllegalArgumentException("'%s' is no digest".formatted(digest));
        }
        return folder.resolve(digest.substring(0, 2)).resolve(digest.substring(2));
    }
}
