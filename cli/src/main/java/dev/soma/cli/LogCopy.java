package dev.soma.cli;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/// Copies an audit log while its node goes on writing.
final class LogCopy {
    private static final List<String> HEADS = List.of("checkpoint.cosigned", "checkpoint");

    private LogCopy() {}

    /// The checkpoints first, the witness's before the log's own: what is copied after one holds at
    /// least what it speaks of. Files that the node is about to put in another's place, whose names
    /// begin with a point, and its lock stay behind.
    static void of(Path log, Path target) throws IOException {
        Files.createDirectories(target);
        for (String head : HEADS) {
            if (Files.exists(log.resolve(head))) {
                Files.copy(log.resolve(head), target.resolve(head));
            }
        }
        Files.walkFileTree(
                log,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path folder, BasicFileAttributes attributes) throws IOException {
                        Files.createDirectories(target.resolve(log.relativize(folder).toString()));
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        String name = file.getFileName().toString();
                        Path copy = target.resolve(log.relativize(file).toString());
                        if (!name.startsWith(".") && !name.equals("lock") && !Files.exists(copy)) {
                            Files.copy(file, copy);
                        }
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path file, IOException failure)
                            throws IOException {
                        if (failure instanceof NoSuchFileException
                                && file.getFileName().toString().startsWith(".")) {
                            return FileVisitResult.CONTINUE;
                        }
                        throw failure;
                    }
                });
    }
}
