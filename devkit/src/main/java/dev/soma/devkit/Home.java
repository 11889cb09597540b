package dev.soma.devkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// The folder of one installation: data, logs, run files and trust keys.
public record Home(Path path) {
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    public Home {
        path = path.toAbsolutePath().normalize();
    }

    /// `SOMA_HOME`, else `.soma` in the repository.
    public static Home find() {
        String named = System.getenv().getOrDefault("SOMA_HOME", "");
        return new Home(
                named.isBlank() ? SourceTree.find().root().resolve(".soma") : Path.of(named));
    }

    public Path data() {
        return folder("data");
    }

    public Path run() {
        return folder("run");
    }

    public Path logs() {
        return folder("logs");
    }

    public Path trust() {
        return folder("trust");
    }

    public Path connectionFile() {
        return run().resolve("connection.json");
    }

    private Path folder(String name) {
        Path folder = path.resolve(name);
        try {
            createPrivate(folder);
        } catch (IOException failure) {
            throw new UncheckedIOException(
                    "could not create " + folder + "; set SOMA_HOME to a folder that you may write",
                    failure);
        }
        return folder;
    }

    /// Creates the folder and those above it; new ones are for the owner alone.
    static void createPrivate(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder, PRIVATE_FOLDER);
        }
    }

    /// Deletes a folder with all that is in it; links are removed, not followed.
    public static void deleteTree(Path folder) throws IOException {
        Cache.delete(folder);
    }

    /// Replaces the file in one step; readable by its owner alone.
    public static void writePrivate(Path file, String text) throws IOException {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        Files.deleteIfExists(part);
        Files.createFile(part, PRIVATE_FILE);
        Files.write(part, text.getBytes(StandardCharsets.UTF_8), StandardOpenOption.WRITE);
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
