package dev.soma.acceptance;

import dev.soma.devkit.Tools;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// Folders with SDKs of other languages, made once for this user and kept under
/// `${XDG_CACHE_HOME:-~/.cache}/soma/`.
final class SdkFolder {
    private static final Duration INSTALL_WITHIN = Duration.ofMinutes(5);

    private SdkFolder() {}

    /// Fills an empty folder.
    interface Install {
        void into(Path folder) throws IOException;
    }

    /// @param name with everything that makes it another folder, such as versions
    static Path prepared(String name, Install install) throws IOException {
        String cache = System.getenv().getOrDefault("XDG_CACHE_HOME", "");
        Path home =
                cache.isBlank()
                        ? Path.of(System.getProperty("user.home"), ".cache")
                        : Path.of(cache);
        Path folder = home.resolve("soma").resolve(name);
        Files.createDirectories(folder);
        Path ready = folder.resolve("ready");
        try (FileChannel channel =
                        FileChannel.open(
                                folder.resolve("lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                FileLock held = channel.lock()) {
            if (held.isValid() && !Files.exists(ready)) {
                install.into(folder);
                Files.writeString(ready, name + "\n");
            }
        }
        return folder;
    }

    /// @param otherwise what is said when the command fails
    static void run(String otherwise, List<String> command) throws IOException {
        Tools.Answer answer = Tools.run(INSTALL_WITHIN, Map.of(), command);
        if (answer.status() != 0) {
            throw new AssertionError(
                    "%s%n%s: %s".formatted(otherwise, String.join(" ", command), answer.output()));
        }
    }
}
