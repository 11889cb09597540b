package dev.soma.kamachiq.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Something a command must not be able to do, read from `abuses.txt` and `calls.txt`. Its program
/// prints `ESCAPED` when it could.
///
/// @param held the wall that holds it
/// @param call the system call whose rule holds it, when that is the filter; else empty
/// @param beside other walls that would hold it too; they are away in both runs, so that this one
/// is seen to hold alone
record Abuse(String name, Defence held, String call, Set<Defence> beside, String program) {
    private static final Path FOLDER = Path.of("src/test/resources/sandbox");

    @Override
    public String toString() {
        return name;
    }

    /// What stands in the place of facts of the host.
    record Host(int port, int victim, String secretFile, String openFolder, String sharedName) {
        String fill(String program) {
            return program.replace("$PORT", Integer.toString(port))
                    .replace("$VICTIM", Integer.toString(victim))
                    .replace("$SECRET", secretFile)
                    .replace("$FOLDER", openFolder)
                    .replace("$SHARED", sharedName);
        }
    }

    static List<Abuse> all() {
        try {
            List<Abuse> all = new ArrayList<>();
            String[] sections = Files.readString(FOLDER.resolve("abuses.txt")).split("(?m)^=== ");
            Stream.of(sections).skip(1).map(Abuse::parse).forEach(all::add);
            Files.readAllLines(FOLDER.resolve("calls.txt")).stream()
                    .map(Abuse::reaches)
                    .forEach(all::add);
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Abuse parse(String section) {
        String[] parts = section.split("\n\n", 2);
        List<String> head = parts[0].lines().toList();
        Map<String, String> facts = new TreeMap<>();
        head.stream()
                .skip(1)
                .map(line -> line.split(": ", 2))
                .forEach(fact -> facts.put(fact[0], fact[1]));
        return new Abuse(
                head.getFirst(),
                Defence.valueOf(facts.getOrDefault("held by", "")),
                facts.getOrDefault("call", ""),
                Stream.ofNullable(facts.get("beside"))
                        .flatMap(names -> Stream.of(names.split(", ")))
                        .map(Defence::valueOf)
                        .collect(Collectors.toSet()),
                parts[1]);
    }

    /// A call that gets past the filter does not answer the filter's error.
    private static Abuse reaches(String row) {
        String[] cells = row.split(" \\| ");
        String program =
                """
                import ctypes, errno
                libc = ctypes.CDLL(None, use_errno=True)
                result = libc.syscall(%d, %s)
                if result >= 0 or ctypes.get_errno() != errno.%s: print('ESCAPED')
                """
                        .formatted(
                                Seccomp.here().calls().getOrDefault(cells[0], -1),
                                cells[1],
                                cells[2]);
        return new Abuse(cells[3], Defence.SYSTEM_CALL_FILTER, cells[0], Set.of(), program);
    }
}
