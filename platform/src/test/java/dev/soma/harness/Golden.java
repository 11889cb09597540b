package dev.soma.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Compares a text with the committed one; the present text is left in `target/golden` to be copied
/// when the change is meant.
public final class Golden {
    private Golden() {}

    public static void check(String name, String actual) throws IOException {
        Path committed = Path.of("src/test/resources/golden", name);
        Path present = Path.of("target/golden", name);
        Files.createDirectories(present.getParent());
        Files.writeString(present, actual);
        assertThat(actual)
                .as("differs from %s; if that is meant, copy %s over it", committed, present)
                .isEqualTo(Files.exists(committed) ? Files.readString(committed) : "");
    }
}
