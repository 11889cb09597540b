package dev.soma.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// Files that only the owner may read, replaced as a whole or not at all.
public final class PrivateFiles {
    private PrivateFiles() {}

    /// Writes through a temporary neighbour and an atomic rename; mode 0600.
    public static void write(Path file, byte[] content) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        Files.createDirectories(folder);
        Path temporary =
                Files.createTempFile(
                        folder,
                        "." + file.getFileName(),
                        "",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
        Files.write(
                temporary,
                content,
                Set.of(StandardOpenOption.WRITE, StandardOpenOption.SYNC)
                        .toArray(StandardOpenOption[]::new));
        Files.move(
                temporary,
                file,
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }
}
