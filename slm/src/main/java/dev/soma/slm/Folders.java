package dev.soma.slm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Private folders that hold unpacked native libraries while they are loaded.
final class Folders {
    private Folders() {}

    /// The folders whose name begins so and from which this process has a library mapped; none
    /// where the kernel does not tell.
    static Set<Path> mappedFrom(String name) throws IOException {
        Path maps = Path.of("/proc/self/maps");
        if (!Files.isReadable(maps)) {
            return Set.of();
        }
        return Files.readAllLines(maps).stream()
                .filter(line -> line.contains("/" + name))
                .map(line -> Path.of(line.substring(line.indexOf('/'))).getParent())
                .filter(folder -> folder.getFileName().toString().startsWith(name))
                .collect(Collectors.toSet());
    }

    /// Removes a folder with all it holds; libraries stay mapped after their file is gone.
    static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            List<Path> deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
