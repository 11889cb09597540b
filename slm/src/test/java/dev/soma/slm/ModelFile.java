package dev.soma.slm;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Finds the weights that the tests run on.
final class ModelFile {
    private ModelFile() {}

    static Path path() {
        Path found =
                Optional.ofNullable(System.getProperty("soma.slm.model"))
                        .or(() -> Optional.ofNullable(System.getenv("SOMA_SLM_MODEL")))
                        .map(Path::of)
                        .orElseGet(ModelFile::cached);
        if (!Files.isRegularFile(found)) {
            throw new IllegalStateException(
                    "The tests need the weights of SmolLM2-135M-Instruct and "
                            + found
                            + " does not exist. './soma test' fetches them; or name a GGUF file with"
                            + " -Dsoma.slm.model=PATH or SOMA_SLM_MODEL.");
        }
        return found;
    }

    private static Path cached() {
        Path cache =
                Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
                        .filter(home -> !home.isEmpty())
                        .map(Path::of)
                        .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache"));
        return cache.resolve("soma/models/SmolLM2-135M-Instruct.Q4_1.gguf");
    }
}
