package dev.soma.acceptance;

import dev.soma.devkit.Tools;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The official SDKs of OpenAI and Anthropic for Python in a virtual environment, made once for
/// this
/// user and kept under `${XDG_CACHE_HOME:-~/.cache}/soma/venvs/`.
final class PythonSdk {
    private static final String OPENAI = "3.51.0";
    private static final String ANTHROPIC = "2.14.0";
    private static final String VERSION = OPENAI + "-" + ANTHROPIC;
    private static final Duration RUN_WITHIN = Duration.ofMinutes(3);

    private final Path python;

    private PythonSdk(Path python) {
        this.python = python;
    }

    static PythonSdk prepared() throws IOException {
        Path folder = SdkFolder.prepared("venvs/sdks-" + VERSION, PythonSdk::install);
        return new PythonSdk(folder.resolve("bin/python"));
    }

    /// The Python of this machine.
    static String system() {
        String named = System.getenv().getOrDefault("SOMA_PYTHON", "");
        return named.isBlank() ? "python3" : named;
    }

    private static void install(Path folder) throws IOException {
        SdkFolder.run(
                "Python 3 with the modules venv and pip is needed (package python3-venv)",
                List.of(system(), "-m", "venv", folder.toString()));
        SdkFolder.run(
                "pip could not install the SDKs; is a package index reachable?",
                List.of(
                        folder.resolve("bin/python").toString(),
                        "-m",
                        "pip",
                        "install",
                        "--quiet",
                        "openai==" + OPENAI,
                        "anthropic==" + ANTHROPIC));
    }

    /// Runs the script and returns what it printed.
    ///
    /// @param name `openai_sdk` or `anthropic_sdk`
    /// @param cases further cases, by name
    JsonNode drive(String name, String baseUrl, String key, String model, JsonNode cases)
            throws IOException {
        Path script = Files.createTempFile(name, ".py");
        try (InputStream source = PythonSdk.class.getResourceAsStream(name + ".py")) {
            Files.write(script, Objects.requireNonNull(source).readAllBytes());
            Tools.Answer answer =
                    Tools.run(
                            RUN_WITHIN,
                            Map.of("SOMA_CASES", cases.toString()),
                            List.of(
                                    python.toString(),
                                    "-W",
                                    "error",
                                    script.toString(),
                                    baseUrl,
                                    key,
                                    model));
            if (answer.status() != 0) {
                throw new AssertionError("the Python SDK failed:\n" + answer.output());
            }
            return JsonMapper.shared().readTree(answer.output());
        } finally {
            Files.delete(script);
        }
    }
}
