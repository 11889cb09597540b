package dev.soma.cli;

import dev.soma.devkit.Home;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `soma logs`.
@Command(
        name = "logs",
        mixinStandardHelpOptions = true,
        description = "Shows the last lines of a part's log, or of all logs.")
final class LogsCommand implements Callable<Integer> {
    private static final int MAX_READ_BYTES = 1 << 20;
    private static final long LOOK_EVERY_MILLIS = 250;

    @Parameters(
            arity = "0..1",
            paramLabel = "PART",
            description =
                    "postgres, redis, kafka, temporal, slm, platform, supervisor or build; all of them when absent.")
    private @Nullable String part;

    @Option(
            names = {"-f", "--follow"},
            description = "Go on with what is written from now on, until interrupted.")
    private boolean follow;

    @Option(
            names = {"-n", "--lines"},
            paramLabel = "N",
            defaultValue = "100",
            description = "How many lines (default ${DEFAULT-VALUE}).")
    private int lines;

    @Override
    public Integer call() throws IOException {
        List<Path> files = files(Home.find());
        Map<Path, Long> read = new LinkedHashMap<>();
        for (Path file : files) {
            read.put(file, Files.size(file));
            tail(file).forEach(line -> print(file, line, files.size() > 1));
        }
        while (follow) {
            for (Path file : files) {
                long from = read.getOrDefault(file, 0L);
                read.put(file, follow(file, from, files.size() > 1));
            }
            Waiting.millis(LOOK_EVERY_MILLIS);
        }
        return 0;
    }

    private List<Path> files(Home home) throws IOException {
        try (Stream<Path> all = Files.list(home.logs())) {
            List<Path> found =
                    all.filter(file -> file.toString().endsWith(".log"))
                            .filter(file -> part == null || name(file).equals(part))
                            .sorted()
                            .toList();
            if (found.isEmpty()) {
                throw new CommandException(
                        "no log "
                                + (part == null ? "" : "of " + part + " ")
                                + "in "
                                + home.logs()
                                + "; it is written when the part runs");
            }
            return found;
        }
    }

    private static String name(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.length() - ".log".length());
    }

    private List<String> tail(Path file) throws IOException {
        try (RandomAccessFile input = new RandomAccessFile(file.toFile(), "r")) {
            String[] all = read(input, Math.max(0, input.length() - MAX_READ_BYTES)).split("\n");
            int first = Math.max(0, all.length - Math.max(0, lines));
            return List.of(all).subList(first, all.length);
        }
    }

    /// Prints what was added since; a file that became shorter was emptied or replaced and is read
    /// anew.
    private long follow(Path file, long from, boolean named) throws IOException {
        if (!Files.exists(file)) {
            return 0;
        }
        try (RandomAccessFile input = new RandomAccessFile(file.toFile(), "r")) {
            long start = input.length() < from ? 0 : from;
            String added = read(input, start);
            int end = added.lastIndexOf('\n') + 1;
            List<String> whole = new ArrayList<>(List.of(added.substring(0, end).split("\n")));
            whole.stream()
                    .filter(line -> !line.isEmpty())
                    .forEach(line -> print(file, line, named));
            return start + added.substring(0, end).getBytes(StandardCharsets.UTF_8).length;
        }
    }

    private static String read(RandomAccessFile input, long start) throws IOException {
        input.seek(start);
        byte[] bytes = new byte[(int) Math.min(MAX_READ_BYTES, input.length() - start)];
        input.readFully(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void print(Path file, String line, boolean named) {
        System.out.println(
                named
                        ? String.format(java.util.Locale.ROOT, "%-10s | %s", name(file), line)
                        : line);
    }
}
