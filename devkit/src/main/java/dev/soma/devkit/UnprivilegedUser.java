package dev.soma.devkit;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Optional;

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
            List<List<String>> ways =
                    List.of(
                            List.of("setpriv", "--reuid=" + account, "--clear-groups"),
                            List.of("runuser", "-u", account, "--"));
            for (List<String> way : ways) {
                List<String> trial = new java.util.ArrayList<>(way);
                trial.add("true");
                if (Tools.works(trial)) {
                    return new UnprivilegedUser(way, Optional.of(account));
                }
            }
        }
        throw EngineException.lasting(
                "PostgreSQL does not run as root, and neither unshare -U, setpriv nor runuser works here; "
                        + "run ./soma as an ordinary user, or give SOMA_POSTGRES_URL",
                null);
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
        List<String> trial = new java.util.ArrayList<>(prefix);
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
}
