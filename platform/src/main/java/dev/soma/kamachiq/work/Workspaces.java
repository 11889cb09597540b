package dev.soma.kamachiq.work;

import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/// Copies of work for commands in the sandbox. Thread-safe.
final class Workspaces {
    private final Path folder;
    private final Function<String, byte[]> content;

    /// @param folder the sandbox's users have to be able to pass through it
    /// @param content bytes by their digest
    Workspaces(Path folder, Function<String, byte[]> content) {
        this.folder = folder;
        this.content = content;
    }

    /// A copy that one command uses; it goes when it is closed.
    record Copy(Path path) implements AutoCloseable {
        @Override
        public void close() {
            try (Stream<Path> files = Files.walk(path)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            } catch (IOException | UncheckedIOException left) {
                // It lies in a folder that nobody reads; an operator may clear it.
            }
        }
    }

    /// @param files digests by path
    Copy open(Map<String, String> files) {
        try {
            Path workspace =
                    Files.createTempDirectory(
                            folder,
                            "work-",
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rwx------")));
            for (var file : files.entrySet()) {
                Path path = workspace.resolve(file.getKey()).normalize();
                if (!path.startsWith(workspace)) {
                    throw ApplicationFailure.newNonRetryableFailure(
                            "a file would lie outside of the workspace", "Path");
                }
                Files.createDirectories(path.getParent());
                Files.write(path, content.apply(file.getValue()));
            }
            return new Copy(workspace);
        } catch (IOException e) {
            throw new UncheckedIOException("no workspace can be made", e);
        }
    }
}
