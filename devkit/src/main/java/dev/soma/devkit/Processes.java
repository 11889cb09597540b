package dev.soma.devkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// What Linux's /proc says of other processes.
public final class Processes {
    private static final Path PROC = Path.of("/proc");
    private static final String LISTENING = "0A";
    private static final int COMMAND_CHARS = 160;

    private Processes() {}

    /// The process that listens on a TCP port.
    public record Holder(long pid, String command) {
        @Override
        public String toString() {
            return "pid " + pid + " (" + command + ")";
        }
    }

    /// True while the process runs; a zombie does not.
    public static boolean alive(long pid) {
        try {
            String stat =
                    Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
            String state = stat.substring(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
            return !state.equals("Z") && !state.equals("X");
        } catch (IOException | StringIndexOutOfBoundsException gone) {
            return false;
        }
    }

    public static String command(long pid) {
        try {
            String line =
                    Files.readString(PROC.resolve(pid + "/cmdline"), StandardCharsets.UTF_8)
                            .replace('\0', ' ')
                            .strip();
            return line.length() <= COMMAND_CHARS ? line : line.substring(0, COMMAND_CHARS) + "...";
        } catch (IOException gone) {
            return "no longer running";
        }
    }

    /// Who listens on the port, when this user may see it.
    public static Optional<Holder> listener(int port) {
        Set<String> sockets = new HashSet<>();
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            sockets.addAll(listeningSockets(Path.of(table), port));
        }
        if (sockets.isEmpty()) {
            return Optional.empty();
        }
        return pids().stream()
                .filter(pid -> holdsAny(pid, sockets))
                .findFirst()
                .map(pid -> new Holder(pid, command(pid)));
    }

    /// Processes whose working folder is this one.
    static List<Long> workingIn(Path folder) {
        return pids().stream()
                .filter(pid -> link(PROC.resolve(pid + "/cwd")).equals(folder.toString()))
                .filter(Processes::alive)
                .toList();
    }

    /// Processes with this text in their command line.
    public static List<Long> withArgument(String text) {
        return pids().stream()
                .filter(pid -> commandLineHolds(pid, text))
                .filter(Processes::alive)
                .toList();
    }

    static void forceEnd(long pid) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }

    private static boolean commandLineHolds(long pid, String text) {
        try {
            return Files.readString(PROC.resolve(pid + "/cmdline"), StandardCharsets.ISO_8859_1)
                    .contains(text);
        } catch (IOException gone) {
            return false;
        }
    }

    private static List<String> listeningSockets(Path table, int port) {
        String suffix = String.format(Locale.ROOT, ":%04X", port);
        List<String> inodes = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(table)) {
                String[] fields = line.strip().split("\\s+");
                if (fields.length > 9
                        && fields[1].endsWith(suffix)
                        && fields[3].equals(LISTENING)) {
                    inodes.add("socket:[" + fields[9] + "]");
                }
            }
        } catch (IOException absent) {
            return inodes;
        }
        return inodes;
    }

    private static boolean holdsAny(long pid, Set<String> sockets) {
        try (Stream<Path> descriptors = Files.list(PROC.resolve(pid + "/fd"))) {
            return descriptors.anyMatch(descriptor -> sockets.contains(link(descriptor)));
        } catch (IOException | java.io.UncheckedIOException gone) {
            return false;
        }
    }

    private static String link(Path path) {
        try {
            return Files.readSymbolicLink(path).toString();
        } catch (IOException gone) {
            return "";
        }
    }

    private static List<Long> pids() {
        try (Stream<Path> entries = Files.list(PROC)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.chars().allMatch(Character::isDigit))
                    .map(Long::valueOf)
                    .toList();
        } catch (IOException failure) {
            throw EngineException.lasting(
                    "could not read /proc; SomaAgent Hub runs its engines on Linux", failure);
        }
    }
}
