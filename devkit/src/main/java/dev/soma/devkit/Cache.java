package dev.soma.devkit;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/// The user's cache folder. An entry appears whole or not at all, and one process at a time makes
/// it.
final class Cache {
    /// Fills an empty folder or writes a file at the given path.
    @FunctionalInterface
    interface Maker {
        void make(Path target) throws IOException;
    }

    private static final Object IN_THIS_JVM = new Object();

    private Cache() {}

    static Path root() {
        String named = System.getenv().getOrDefault("XDG_CACHE_HOME", "");
        Path base =
                named.isBlank()
                        ? Path.of(System.getProperty("user.home"), ".cache")
                        : Path.of(named);
        return base.resolve("soma");
    }

    /// Returns the entry, made first when it is absent.
    static Path entry(Path target, Maker maker) {
        if (Files.exists(target)) {
            return target;
        }
        synchronized (IN_THIS_JVM) {
            try {
                make(target, maker);
                return target;
            } catch (IOException failure) {
                throw EngineException.passing(
                        "could not write the cache entry "
                                + target
                                + " ("
                                + failure.getMessage()
                                + "); check that the disk has room and the folder is yours",
                        failure);
            }
        }
    }

    private static void make(Path target, Maker maker) throws IOException {
        Path folder = parent(target);
        Files.createDirectories(folder);
        Path lockFile = folder.resolve(target.getFileName() + ".lock");
        try (FileChannel channel =
                        FileChannel.open(
                                lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            if (!lock.isValid() || Files.exists(target)) {
                return;
            }
            Path part = folder.resolve(target.getFileName() + ".part");
            delete(part);
            maker.make(part);
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    static Path parent(Path path) {
        Path parent = path.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException(path + " has no parent folder");
        }
        return parent;
    }

    static void delete(Path path) throws IOException {
        if (!Files.exists(path, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(
                path,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.deleteIfExists(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException failure) {
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path folder, @Nullable IOException failure) throws IOException {
                        Files.deleteIfExists(folder);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
