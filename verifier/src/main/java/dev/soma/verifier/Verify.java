package dev.soma.verifier;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// The command line: 0 verified, 1 not verified, 2 wrong use.
public final class Verify {
    private static final String USAGE =
            """
            usage: java -jar verifier.jar --key KEY DIR [--json] [--expect-size N]
                        [--witness-key KEY [--cosigned FILE]]
                   java -jar verifier.jar inclusion --key KEY --checkpoint FILE --entry FILE --proof FILE
                   java -jar verifier.jar consistency --key KEY --old FILE --new FILE --proof FILE

            DIR is an audit log's folder. KEY is the operator's verifier key, or a file that holds it; take it
            from the operator, never from DIR. With --expect-size a checkpoint of fewer than N entries fails:
            give the size you saw last time. With --witness-key the log has to lie under what that witness
            cosigned: FILE, best taken from the witness itself, else DIR/checkpoint.cosigned. --json prints one JSON document instead of one line.
            Exit code: 0 verified, 1 not verified (the first bad entry is named), 2 wrong use.""";

    private Verify() {}

    public static void main(String[] args) {
        System.exit(
                run(
                        args,
                        new PrintStream(System.out, true, UTF_8),
                        new PrintStream(System.err, true, UTF_8)));
    }

    static int run(String[] args, PrintStream out, PrintStream err) {
        try {
            List<String> words = List.of(args);
            return switch (words.isEmpty() ? "" : words.getFirst()) {
                case "inclusion" -> inclusion(words.subList(1, words.size()), out, err);
                case "consistency" -> consistency(words.subList(1, words.size()), out, err);
                default -> log(words, out, err);
            };
        } catch (Misuse | InvalidPathException misuse) {
            err.println(misuse.getMessage());
            err.println(USAGE);
            return 2;
        } catch (IOException e) {
            err.println("NOT VERIFIED: a file could not be read: " + e);
            return 1;
        }
    }

    private static int log(List<String> words, PrintStream out, PrintStream err)
            throws Misuse, IOException {
        Arguments arguments =
                Arguments.parse(
                        words,
                        Set.of("--key", "--expect-size", "--witness-key", "--cosigned"),
                        Set.of("--json"));
        if (arguments.plain().size() != 1) {
            throw new Misuse("one folder is expected");
        }
        VerifierKey key = arguments.key();
        Path folder = Path.of(arguments.plain().getFirst());
        if (!Files.isDirectory(folder)) {
            throw new Misuse("no such folder: " + folder);
        }
        String least = arguments.options().getOrDefault("--expect-size", "0");
        if (!least.matches("[0-9]{1,18}")) {
            throw new Misuse("--expect-size takes a number of entries");
        }
        Outcome outcome =
                LogVerifier.verify(folder, key, Long.parseLong(least), arguments.witnessed(folder));
        if (arguments.options().containsKey("--json")) {
            out.println(json(outcome).write());
        }
        return switch (outcome) {
            case Outcome.Verified verified -> {
                if (!arguments.options().containsKey("--json")) {
                    out.println(line(verified));
                }
                yield 0;
            }
            case Outcome.Broken broken -> {
                String entry =
                        broken.entry().isPresent()
                                ? "entry " + broken.entry().getAsLong() + ": "
                                : "";
                err.println("NOT VERIFIED: " + entry + broken.reason());
                yield 1;
            }
        };
    }

    private static int inclusion(List<String> words, PrintStream out, PrintStream err)
            throws Misuse, IOException {
        Arguments given =
                Arguments.parse(
                        words, Set.of("--key", "--checkpoint", "--entry", "--proof"), Set.of());
        return report(
                Proofs.inclusion(
                        given.key(),
                        given.file("--checkpoint"),
                        given.file("--entry"),
                        given.file("--proof")),
                out,
                err);
    }

    private static int consistency(List<String> words, PrintStream out, PrintStream err)
            throws Misuse, IOException {
        Arguments given =
                Arguments.parse(words, Set.of("--key", "--old", "--new", "--proof"), Set.of());
        return report(
                Proofs.consistency(
                        given.key(),
                        given.file("--old"),
                        given.file("--new"),
                        given.file("--proof")),
                out,
                err);
    }

    private static int report(Proofs.Finding finding, PrintStream out, PrintStream err) {
        return switch (finding) {
            case Proofs.Finding.Proven(String statement) -> {
                out.println("VERIFIED: " + statement);
                yield 0;
            }
            case Proofs.Finding.Refused(String reason) -> {
                err.println("NOT VERIFIED: " + reason);
                yield 1;
            }
        };
    }

    private static String line(Outcome.Verified log) {
        return "VERIFIED: "
                + log.origin()
                + ", size "
                + log.size()
                + ", unsigned "
                + log.unsigned()
                + ", root "
                + log.root()
                + ", types "
                + log.counts()
                + ", verdicts without admission "
                + log.unadmitted()
                + (log.witnessed().isPresent() ? ", witnessed " + log.witnessed().getAsLong() : "")
                + (log.tornBytes() > 0
                        ? ", unsigned torn tail of " + log.tornBytes() + " bytes"
                        : "")
                + (log.hashFileAgrees()
                        ? ""
                        : ", hashes/0 is stale or changed (it is derived and not trusted)");
    }

    private static Json.Members json(Outcome outcome) {
        Json.Members document = Json.members();
        Map<String, Json> values = document.values();
        switch (outcome) {
            case Outcome.Verified log -> {
                Json.Members counts = Json.members();
                log.counts()
                        .forEach((type, count) -> counts.values().put(type, new Json.Whole(count)));
                values.put("outcome", new Json.Text("verified"));
                values.put("origin", new Json.Text(log.origin()));
                values.put("size", new Json.Whole(log.size()));
                values.put("unsigned", new Json.Whole(log.unsigned()));
                values.put("root", new Json.Text(log.root()));
                values.put("counts", counts);
                values.put("verdicts_without_admission", new Json.Whole(log.unadmitted()));
                values.put("torn_bytes", new Json.Whole(log.tornBytes()));
                values.put("hash_file_agrees", new Json.Truth(log.hashFileAgrees()));
                log.witnessed().ifPresent(size -> values.put("witnessed", new Json.Whole(size)));
            }
            case Outcome.Broken broken -> {
                values.put("outcome", new Json.Text("broken"));
                broken.entry().ifPresent(entry -> values.put("entry", new Json.Whole(entry)));
                values.put("reason", new Json.Text(broken.reason()));
            }
        }
        return document;
    }

    private static final class Misuse extends Exception {
        private static final long serialVersionUID = 1L;

        Misuse(String message) {
            super(message);
        }
    }

    private record Arguments(Map<String, String> options, List<String> plain) {
        static Arguments parse(List<String> words, Set<String> valued, Set<String> flags)
                throws Misuse {
            Map<String, String> options = new HashMap<>();
            List<String> plain = new ArrayList<>();
            for (int i = 0; i < words.size(); i++) {
                String word = words.get(i);
                if (!word.startsWith("--")) {
                    plain.add(word);
                    continue;
                }
                if (!flags.contains(word) && (!valued.contains(word) || i + 1 == words.size())) {
                    throw new Misuse("unknown option, or one without its value: " + word);
                }
                String value = flags.contains(word) ? "" : words.get(++i);
                if (options.put(word, value) != null) {
                    throw new Misuse(word + " is given twice");
                }
            }
            return new Arguments(options, plain);
        }

        VerifierKey key() throws Misuse, IOException {
            return key("--key", VerifierKey::parse);
        }

        Optional<Witnessed> witnessed(Path folder) throws Misuse, IOException {
            if (!options.containsKey("--witness-key")) {
                if (options.containsKey("--cosigned")) {
                    throw new Misuse("--cosigned needs --witness-key");
                }
                return Optional.empty();
            }
            String own = folder.resolve(Witnessed.FILE).toString();
            Path note = Path.of(options.getOrDefault("--cosigned", own));
            return Optional.of(
                    new Witnessed(key("--witness-key", CosignerKey::parse), List.of(note)));
        }

        private <K> K key(String option, Function<String, K> parse) throws Misuse, IOException {
            String given = require(option);
            boolean isFile = Files.isRegularFile(Path.of(given));
            try {
                return parse.apply(isFile ? Files.readString(Path.of(given)) : given);
            } catch (IllegalArgumentException e) {
                throw new Misuse(option + ": " + e.getMessage());
            }
        }

        byte[] file(String option) throws Misuse, IOException {
            Path file = Path.of(require(option));
            if (!Files.isRegularFile(file)) {
                throw new Misuse(option + ": no such file: " + file);
            }
            return Files.readAllBytes(file);
        }

        private String require(String option) throws Misuse {
            String value = options.get(option);
            if (value == null) {
                throw new Misuse(option + " is missing");
            }
            return value;
        }
    }
}
