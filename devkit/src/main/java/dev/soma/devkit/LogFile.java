package dev.soma.devkit;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// The log of one part: appended by the part, bounded by its supervisor.
public record LogFile(Path path) {
    private static final long ROTATE_BYTES = 8L << 20;
    private static final long TRUNCATE_BYTES = 64L << 20;
    private static final int TAIL_BYTES = 4096;
    private static final int TAIL_LINES = 15;

    /// Makes room before a start; the run before stays readable beside it.
    void rotate() throws IOException {
        Home.createPrivate(Cache.parent(path));
        if (Files.exists(path) && Files.size(path) > ROTATE_BYTES) {
            Files.move(path, previous(), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /// Keeps a running part's log within bounds: its file is copied aside and emptied; the part
    /// appends, so it goes on at the start.
    void bound() throws IOException {
        if (Files.exists(path) && Files.size(path) > TRUNCATE_BYTES) {
            Files.copy(path, previous(), StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                channel.truncate(0);
            }
        }
    }

    private Path previous() {
        return path.resolveSibling(path.getFileName() + ".1");
    }

    /// The last lines, for a reason or an error.
    public String tail() {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            long start = Math.max(0, file.length() - TAIL_BYTES);
            file.seek(start);
            byte[] bytes = new byte[(int) (file.length() - start)];
            file.readFully(bytes);
            String[] lines = new String(bytes, StandardCharsets.UTF_8).strip().split("\n");
            int first = Math.max(0, lines.length - TAIL_LINES);
            return String.join("\n", java.util.Arrays.copyOfRange(lines, first, lines.length));
        } catch (IOException absent) {
            return "(no log at " + path + ")";
        }
    }
}
