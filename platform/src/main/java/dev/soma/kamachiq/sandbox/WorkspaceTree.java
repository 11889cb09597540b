package dev.soma.kamachiq.sandbox;

import dev.soma.kernel.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.FileVisitor;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// A folder as it stands, read without following any link.
///
/// @param entries by path relative to the folder
record WorkspaceTree(SortedMap<String, Entry> entries) {
    private static final int PERMISSIONS = 0xFFF;
    private static final int CHUNK = 65_536;

    enum Kind {
        FILE,
        FOLDER,
        LINK,
        SPECIAL
    }

    /// @param content digest of a file, target of a link, else empty
    record Entry(Kind kind, int mode, long size, String content) {}

    /// Reads until one of the bounds is passed, so that what is too large is not read to its end.
    ///
    /// @param entries in the folder at all depths
    /// @param bytes of its files together
    /// @return empty when it holds more
    static Optional<WorkspaceTree> read(Path root, int entries, long bytes) throws IOException {
        SortedMap<String, Entry> found = new TreeMap<>();
        boolean[] whole = {true};
        Files.walkFileTree(root, reader(root, new Bounds(entries, bytes), found, whole));
        return whole[0] ? Optional.of(new WorkspaceTree(found)) : Optional.empty();
    }

    private record Bounds(int entries, long bytes) {}

    private static FileVisitor<Path> reader(
            Path root, Bounds bounds, SortedMap<String, Entry> found, boolean[] whole) {
        return new SimpleFileVisitor<>() {
            private long bytes;

            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
                    throws IOException {
                return folder.equals(root) ? FileVisitResult.CONTINUE : visit(folder, attributes);
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                    throws IOException {
                return visit(file, attributes);
            }

            private FileVisitResult visit(Path path, BasicFileAttributes attributes)
                    throws IOException {
                bytes += attributes.isRegularFile() ? attributes.size() : 0;
                if (bytes > bounds.bytes() || found.size() == bounds.entries()) {
                    whole[0] = false;
                    return FileVisitResult.TERMINATE;
                }
                found.put(root.relativize(path).toString(), entry(path, attributes));
                return FileVisitResult.CONTINUE;
            }
        };
    }

    private static Entry entry(Path path, BasicFileAttributes attributes) throws IOException {
        int mode =
                ((Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS))
                        & PERMISSIONS;
        if (attributes.isSymbolicLink()) {
            return new Entry(Kind.LINK, 0, 0, Files.readSymbolicLink(path).toString());
        }
        if (attributes.isDirectory()) {
            return new Entry(Kind.FOLDER, mode, 0, "");
        }
        return attributes.isRegularFile()
                ? new Entry(Kind.FILE, mode, attributes.size(), digest(path))
                : new Entry(Kind.SPECIAL, mode, 0, "");
    }

    private static String digest(Path file) throws IOException {
        MessageDigest digest = Digest.newSha256();
        byte[] chunk = new byte[CHUNK];
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                digest.update(chunk, 0, n);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /// SHA-256 over `path NUL kind NUL mode NUL content LF` of every entry, in order.
    String sha256() {
        MessageDigest digest = Digest.newSha256();
        entries.forEach(
                (path, entry) ->
                        digest.update(
                                (path
                                                + '\0'
                                                + entry.kind()
                                                + '\0'
                                                + Integer.toOctalString(entry.mode())
                                                + '\0'
                                                + entry.content()
                                                + '\n')
                                        .getBytes(StandardCharsets.UTF_8)));
        return HexFormat.of().formatHex(digest.digest());
    }
}
