package dev.soma.slm;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The settings of one server, as the command line gives them.
record Options(
        Path model,
        String modelId,
        String host,
        int port,
        int contextTokens,
        int threads,
        Optional<Path> readyFile,
        Limits limits,
        String otlpUrl,
        boolean embeddings,
        boolean exitWithParent) {

    /// Bounds of the admission queue and of a slow reader.
    record Limits(int queue, int queuePerKey, long queueWaitMillis, long stallMillis) {}

    /// What a command line asks for.
    sealed interface Parsed {
        record Run(Options options) implements Parsed {}

        record Help() implements Parsed {}

        record Wrong(List<String> mistakes) implements Parsed {
            public Wrong {
                mistakes = List.copyOf(mistakes);
            }
        }
    }

    static final String USAGE =
            """
            Usage: java -jar slm.jar --model PATH [options]
              --model PATH               GGUF file to serve (required)
              --model-id NAME            name in the API (smollm2-135m-instruct)
              --host ADDRESS             address to listen on (127.0.0.1)
              --port N                   port, 0 picks a free one (0)
              --context N                context in tokens, prompt and answer together (4096)
              --threads N                threads of the decoder (1)
              --ready-file PATH          written as {"port":N,"pid":N} once a token was decoded
              --queue N                  requests that may wait (64)
              --queue-per-key N          requests that may wait under one X-Soma-Fair-Key (8)
              --queue-wait-millis N      longest wait before 503 (30000)
              --stall-millis N           how long a reader may leave its stream full (30000)
              --otlp-url URL             collector of spans, by OTLP over HTTP (OTEL_EXPORTER_OTLP_ENDPOINT, or none)
              --no-embeddings            do not load the sentence embedder
              --exit-with-parent         end when standard input is closed
              --help                     this text
            """;

    private static final Set<String> FLAGS =
            Set.of("--no-embeddings", "--exit-with-parent", "--help");
    private static final Set<String> VALUES =
            Set.of(
                    "--model",
                    "--model-id",
                    "--host",
                    "--port",
                    "--context",
                    "--threads",
                    "--ready-file",
                    "--queue",
                    "--queue-per-key",
                    "--queue-wait-millis",
                    "--stall-millis",
                    "--otlp-url");

    static Parsed parse(List<String> arguments) {
        Map<String, String> given = new HashMap<>();
        List<String> mistakes = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            String name = arguments.get(i);
            if (FLAGS.contains(name)) {
                given.put(name, "");
            } else if (!VALUES.contains(name)) {
                mistakes.add(unknown(name));
            } else if (i + 1 == arguments.size() || arguments.get(i + 1).startsWith("--")) {
                mistakes.add(name + " needs a value");
            } else {
                i++;
                if (given.put(name, arguments.get(i)) != null) {
                    mistakes.add(name + " is given twice");
                }
            }
        }
        if (given.containsKey("--help")) {
            return new Parsed.Help();
        }
        Optional<Options> options = read(given, mistakes);
        if (options.isEmpty() || !mistakes.isEmpty()) {
            return new Parsed.Wrong(mistakes);
        }
        return new Parsed.Run(options.get());
    }

    private static Optional<Options> read(Map<String, String> given, List<String> mistakes) {
        Numbers numbers = new Numbers(given, mistakes);
        int queue = numbers.of("--queue", 64, 1, 10_000);
        Limits limits =
                new Limits(
                        queue,
                        numbers.of("--queue-per-key", 8, 1, 10_000),
                        numbers.of("--queue-wait-millis", 30_000, 1, 3_600_000),
                        numbers.of("--stall-millis", 30_000, 1, 3_600_000));
        int port = numbers.of("--port", 0, 0, 65_535);
        int context = numbers.of("--context", 4096, 64, 1_048_576);
        int threads = numbers.of("--threads", 1, 1, 1024);
        String model = given.get("--model");
        if (model == null) {
            mistakes.add("--model PATH is required");
            return Optional.empty();
        }
        return Optional.of(
                new Options(
                        Path.of(model),
                        given.getOrDefault("--model-id", "smollm2-135m-instruct"),
                        given.getOrDefault("--host", "127.0.0.1"),
                        port,
                        context,
                        threads,
                        Optional.ofNullable(given.get("--ready-file")).map(Path::of),
                        limits,
                        given.getOrDefault(
                                "--otlp-url",
                                System.getenv().getOrDefault("OTEL_EXPORTER_OTLP_ENDPOINT", "")),
                        !given.containsKey("--no-embeddings"),
                        given.containsKey("--exit-with-parent")));
    }

    private static String unknown(String name) {
        Set<String> known = new HashSet<>(FLAGS);
        known.addAll(VALUES);
        return "unknown option "
                + name
                + NearMiss.of(name, known).map(near -> ", did you mean " + near + "?").orElse("");
    }

    private record Numbers(Map<String, String> given, List<String> mistakes) {
        int of(String name, int otherwise, int least, int most) {
            String text = given.get(name);
            if (text == null) {
                return otherwise;
            }
            try {
                int number = Integer.parseInt(text);
                if (number >= least && number <= most) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // Falls through to the same mistake as a number out of range.
            }
            mistakes.add(
                    "%s must be a whole number from %d to %d, not '%s'"
                            .formatted(name, least, most, text));
            return otherwise;
        }
    }
}
