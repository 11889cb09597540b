package dev.soma.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.runtime.PrivateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogCopyTests {
    @TempDir private Path folder;

    @Test
    void aLogIsCopiedWhileItsNodeReplacesFiles() throws Exception {
        Path log = Files.createDirectories(folder.resolve("log/tile"));
        PrivateFiles.write(log.resolve("checkpoint.cosigned"), new byte[100]);
        Files.writeString(log.resolve("lock"), "");
        AtomicBoolean stop = new AtomicBoolean();
        Thread node = Thread.ofPlatform().start(() -> replace(log, stop));
        try {
            for (int i = 0; i < 200; i++) {
                Path copy = folder.resolve("copy-" + i);
                LogCopy.of(folder.resolve("log"), copy);
                try (Stream<Path> files = Files.list(copy.resolve("tile"))) {
                    assertThat(files.map(file -> file.getFileName().toString()))
                            .containsExactly("checkpoint.cosigned");
                }
            }
        } finally {
            stop.set(true);
            node.join();
        }
    }

    private static void replace(Path log, AtomicBoolean stop) {
        try {
            while (!stop.get()) {
                PrivateFiles.write(log.resolve("checkpoint.cosigned"), new byte[100]);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
