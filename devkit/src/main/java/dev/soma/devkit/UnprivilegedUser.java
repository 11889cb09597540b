package dev.soma.devkit;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// PostgreSQL refuses to run as root. A private user namespace, in which root is nobody, needs no
/// other account; where the kernel forbids one, the account `postgres` or `nobody` runs it.
record UnprivilegedUser(List<String> prefix, Optional<String> account) {
    static UnprivilegedUser find() {
        if (!Tools.isRoot()) {
            return new UnprivilegedUser(List.of(), Optional.empty());
        }
        if (Tools.works(List.of("unshare", "-U", "true"))) {
            return new UnprivilegedUser(List.of("unshare", "-U"), Optional.empty());
        }
        for (String account : List.of("postgres", "nobody")) {
            List<String> way = setpriv(account);
            List<String> trial = new ArrayList<>(way);
            trial.add("true");
            if (!way.isEmpty() && Tools.works(trial)) {
                return new UnprivilegedUser(way, Optional.of(account));
            }
        }
        throw EngineException.lasting(
                "PostgreSQL does not run as root, and neither unshare -U nor setpriv works here; "
                        + "run ./soma as an ordinary user, or give SOMA_POSTGRES_URL",
                null);
    }

    /// Becomes the account in place, so that the pid stays the server's own.
    private static List<String> setpriv(String account) {
        try {
            Tools.Answer group =
                    Tools.run(Duration.ofSeconds(10), Map.of(), List.of("id", "-g", account));
            return group.status() == 0
                    ? List.of(
                            "setpriv",
                            "--reuid=" + account,
                            "--regid=" + group.output(),
                            "--clear-groups")
                    : List.of();
        } catch (IOException absent) {
            return List.of();
        }
    }

    /// Hands the folder to the account that will run in it.
    void own(Path folder) throws IOException {
        if (account.isEmpty()) {
            return;
        }
        UserPrincipal owner =
                folder.getFileSystem()
                        .getUserPrincipalLookupService()
                        .lookupPrincipalByName(account.get());
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path directory, BasicFileAttributes attributes) throws IOException {
                        Files.setOwner(directory, owner);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.setOwner(file, owner);
                        return FileVisitResult.CONTINUE;
                    }
                });
        grantPassage(folder);
        List<String> trial = new ArrayList<>(prefix);
        trial.addAll(List.of("test", "-x", folder.toString()));
        if (!Tools.works(trial)) {
            throw EngineException.lasting(
                    "the account "
                            + account.get()
                            + ", which runs PostgreSQL for root here, may not enter "
                            + folder
                            + "; set SOMA_HOME and XDG_CACHE_HOME to folders that it may enter",
                    null);
        }
    }

    /// The data and home folders above are ours alone; the account may pass through them, not look.
    private static void grantPassage(Path folder) throws IOException {
        Path above = Cache.parent(folder);
        for (Path passage : List.of(above, Cache.parent(above))) {
            Set<PosixFilePermission> permissions =
                    EnumSet.copyOf(Files.getPosixFilePermissions(passage));
            permissions.add(PosixFilePermission.OTHERS_EXECUTE);
            Files.setPosixFilePermissions(passage, permissions);
        }
    }
}
