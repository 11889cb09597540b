package dev.soma.kernel.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kernel.json.JsonValue.JsonFloat;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonNull;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// SomaBrain hashes what CPython's `json.dumps(document, sort_keys=True, separators=(",", ":"))`
/// writes; so the real CPython says what is right.
class PythonCanonicalTests {
    private static final int DOCUMENTS = 1_000;
    private static final String[] PIECES = {
        "a",
        "Z",
        "\u00e9",
        "\u2014",
        "\ufb33",
        "\ud83d\ude02",
        "\u007f",
        "\u0000",
        "\n",
        "\"",
        "\\",
        "/",
        "\u2028",
        "\uffff",
        "\ud834\udd1e",
        "0",
        " ",
        "\u001f",
        "\u0080"
    };

    private final Random random;

    PythonCanonicalTests() {
        long seed = Long.getLong("soma.seed", new Random().nextLong());
        System.out.println("seed " + seed);
        random = new Random(seed);
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return text.toString();
    }

    private double number() {
        while (true) {
            double number =
                    switch (random.nextInt(5)) {
                        case 0 -> Double.longBitsToDouble(random.nextLong());
                        case 1 -> random.nextInt(2_000_000) / 1e6 - 1;
                        case 2 -> Math.pow(10, random.nextInt(40) - 20);
                        case 3 -> random.nextInt(100) * Math.pow(2, random.nextInt(120) - 60);
                        default -> random.nextBoolean() ? -0.0 : random.nextInt(1_000);
                    };
            if (Double.isFinite(number)) {
                return number;
            }
        }
    }

    private JsonValue value(int depth) {
        return switch (random.nextInt(depth > 4 ? 5 : 7)) {
            case 0 -> JsonValue.of(text());
            case 1 -> new JsonFloat(number());
            case 2 -> new JsonInteger(new BigInteger(random.nextInt(200), random).negate());
            case 3 -> JsonValue.of(random.nextBoolean());
            case 4 -> new JsonNull();
            case 5 -> {
                List<JsonValue> items = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    items.add(value(depth + 1));
                }
                yield JsonValue.array(items);
            }
            default -> object(depth);
        };
    }

    private JsonValue object(int depth) {
        var object = JsonValue.object();
        for (int i = random.nextInt(6); i > 0; i--) {
            object.put(text() + random.nextInt(3), value(depth + 1));
        }
        return object.build();
    }

    @Test
    void agreesWithCPythonByteForByte() throws Exception {
        List<String> ours = new ArrayList<>();
        for (int i = 0; i < DOCUMENTS; i++) {
            ours.add(CanonicalJson.PYTHON.text(object(0)));
        }
        // Each is handed over in its own form, read by CPython and written again.
        Process python =
                new ProcessBuilder(
                                "python3",
                                "-c",
                                "import json,sys\nfor line in sys.stdin:\n    print(json.dumps(json.loads(line), sort_keys=True, separators=(',', ':')))")
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        Thread.startVirtualThread(
                () -> {
                    try (OutputStream in = python.getOutputStream()) {
                        in.write((String.join("\n", ours) + "\n").getBytes(StandardCharsets.UTF_8));
                    } catch (java.io.IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
        List<String> theirs =
                new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .toList();
        assertThat(python.waitFor()).isZero();
        assertThat(theirs).isEqualTo(ours);
    }
}
