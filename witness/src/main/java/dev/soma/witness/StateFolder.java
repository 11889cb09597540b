package dev.soma.witness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// The witness's folder. It belongs to one process: two would cosign two histories.
///
/// | file | content |
/// |---|---|
/// | `key` | the private key, mode 0600 |
/// | `witness.vkey` | the public key |
/// | `origins` | each log that was ever admitted, one a line |
/// | `<SHA-256 of the origin, hex>.note` | the newest checkpoint cosigned for it, a signed note |
/// | `lock` | held by the running process |
final class StateFolder implements AutoCloseable {
    private static final int MAX_FILE_BYTES = 1 << 20;

    private final Path folder;
    private final FileChannel lock;

    private StateFolder(Path folder, FileChannel lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /// @throws IOException also when another process holds the folder
    static StateFolder open(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        }
        FileChannel channel =
                FileChannel.open(
                        folder.resolve("lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        if (channel.tryLock() == null) {
            channel.close();
            throw new IOException("another witness runs on " + folder);
        }
        return new StateFolder(folder, channel);
    }

    Path keyFile() {
        return folder.resolve("key");
    }

    boolean hasKey() {
        return Files.exists(keyFile());
    }

    CosigningKey key() throws IOException {
        return CosigningKey.parse(keyFile(), read(keyFile()));
    }

    void writeKey(CosigningKey key) throws IOException {
        write(folder.resolve("witness.vkey"), key.verifier().vkey() + "\n");
        write(keyFile(), key.fileText());
    }

    /// Every origin that was ever admitted.
    List<String> origins() throws IOException {
        Path file = folder.resolve("origins");
        if (!Files.exists(file)) {
            throw new Retired(
                    file + " is missing, so it cannot be told what this witness has cosigned");
        }
        return read(file).lines().toList();
    }

    void writeOrigins(List<String> origins) throws IOException {
        List<String> lines = new ArrayList<>(origins);
        lines.add("");
        write(folder.resolve("origins"), String.join("\n", lines));
    }

    Path noteFile(String origin) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(origin.getBytes(UTF_8));
            return folder.resolve(HexFormat.of().formatHex(hash) + ".note");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    boolean hasNote(String origin) {
        return Files.exists(noteFile(origin));
    }

    String note(String origin) throws IOException {
        Path file = noteFile(origin);
        if (!Files.exists(file)) {
            throw new Retired(
                    file + " is missing, so the witness forgot what it cosigned for " + origin);
        }
        return read(file);
    }

    void writeNote(String origin, String note) throws IOException {
        write(noteFile(origin), note);
    }

    private static String read(Path file) throws IOException {
        if (Files.size(file) > MAX_FILE_BYTES) {
            throw new Retired(file + " is larger than anything the witness writes");
        }
        return Files.readString(file);
    }

    /// Returns when content and name are on disk: a new file, synced, renamed over the old one, and
    /// the folder synced. A crash leaves the old file or the new one, each whole.
    private void write(Path file, String text) throws IOException {
        Path part = folder.resolve(file.getFileName() + ".part");
        Files.deleteIfExists(part);
        Files.createFile(
                part,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
