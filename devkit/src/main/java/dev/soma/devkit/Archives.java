package dev.soma.devkit;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/// Takes files out of jars, wheels and tar archives; a path that leaves the target folder is
/// refused.
final class Archives {
    private static final int OWNER_EXECUTE = 0100;
    private static final int XZ_MEMORY_KIB = 256 * 1024;

    private Archives() {}

    static void extract(Path zip, String entryName, Path target) throws IOException {
        try (ZipFile file = new ZipFile(zip.toFile())) {
            ZipEntry entry = file.getEntry(entryName);
            if (entry == null) {
                throw EngineException.lasting(
                        zip + " holds no " + entryName + "; fetch it again", null);
            }
            try (InputStream input = file.getInputStream(entry)) {
                Files.copy(input, target);
            }
        }
    }

    static void unpackTarXz(Path archive, Path folder) throws IOException {
        Files.createDirectories(folder);
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(
                        new XZInputStream(
                                new BufferedInputStream(Files.newInputStream(archive)),
                                XZ_MEMORY_KIB))) {
            for (TarArchiveEntry entry = tar.getNextEntry();
                    entry != null;
                    entry = tar.getNextEntry()) {
                write(tar, entry, folder);
            }
        }
    }

    private static void write(TarArchiveInputStream tar, TarArchiveEntry entry, Path folder)
            throws IOException {
        Path target = inside(folder, folder.resolve(entry.getName()));
        if (entry.isDirectory()) {
            Files.createDirectories(target);
            return;
        }
        Files.createDirectories(Cache.parent(target));
        if (entry.isSymbolicLink()) {
            inside(folder, Cache.parent(target).resolve(entry.getLinkName()));
            Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
            return;
        }
        Files.copy(tar, target);
        if ((entry.getMode() & OWNER_EXECUTE) != 0) {
            executable(target);
        }
    }

    static void executable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static Path inside(Path folder, Path path) {
        Path normal = path.normalize();
        if (!normal.startsWith(folder.normalize())) {
            throw EngineException.lasting(
                    "an archive names " + path + ", outside of " + folder + "; refused", null);
        }
        return normal;
    }
}
