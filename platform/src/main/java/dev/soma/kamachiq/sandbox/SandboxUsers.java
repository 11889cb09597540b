package dev.soma.kamachiq.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Users that exist for the sandboxes alone, one for each that runs, so that none can reach
/// another's processes or files and the kernel counts each one's processes by itself. Only a
/// platform that runs as root can give them. Thread-safe.
final class SandboxUsers {
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private final boolean given;

    private SandboxUsers(boolean given, IntStream ids) {
        this.given = given;
        ids.forEach(free::add);
    }

    /// @param first numeric id of the first user
    static SandboxUsers of(int first, int count) throws IOException {
        int self = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        return new SandboxUsers(self == 0, IntStream.range(first, first + count));
    }

    /// Waits until one is free.
    ///
    /// @return empty when the platform is not root and commands run as its own user
    synchronized OptionalInt take() throws InterruptedException {
        if (!given) {
            return OptionalInt.empty();
        }
        while (free.isEmpty()) {
            wait();
        }
        return OptionalInt.of(free.removeFirst());
    }

    synchronized void giveBack(OptionalInt user) {
        user.ifPresent(free::addLast);
        notifyAll();
    }

    /// Kills every process of a user: who may signal only its own signals everybody it may.
    static void killAll(int user) throws IOException {
        new ProcessBuilder(
                        "/usr/bin/setpriv",
                        "--reuid=" + user,
                        "--regid=" + user,
                        "--clear-groups",
                        "/bin/sh",
                        "-c",
                        "kill -9 -1")
                .start()
                .onExit()
                .join();
    }

    /// Makes a user the owner of a folder and everything in it, without following links.
    static void own(Path folder, OptionalInt user) throws IOException {
        if (user.isEmpty()) {
            return;
        }
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                Files.setAttribute(path, "unix:uid", user.getAsInt(), LinkOption.NOFOLLOW_LINKS);
                Files.setAttribute(path, "unix:gid", user.getAsInt(), LinkOption.NOFOLLOW_LINKS);
            }
        }
    }
}
