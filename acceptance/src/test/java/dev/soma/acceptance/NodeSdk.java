package dev.soma.acceptance;

import dev.soma.devkit.Tools;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The official SDKs for Node, Vercel's AI SDK and strict parsers of event streams, as locked in
/// `node/package-lock.json`.
final class NodeSdk {
    private static final Duration RUN_WITHIN = Duration.ofMinutes(5);

    private final Path folder;

    private NodeSdk(Path folder) {
        this.folder = folder;
    }

    static NodeSdk prepared() throws IOException {
        byte[] lock = resource("package-lock.json");
        String name = "node/sdks-" + sha256(lock).substring(0, 16);
        return new NodeSdk(SdkFolder.prepared(name, NodeSdk::install));
    }

    private static void install(Path folder) throws IOException {
        for (String file : List.of("package.json", "package-lock.json")) {
            Files.write(folder.resolve(file), resource(file));
        }
        SdkFolder.run(
                "npm could not install the SDKs; are Node 20 or later and a package registry there?",
                List.of(
                        "npm",
                        "ci",
                        "--silent",
                        "--ignore-scripts",
                        "--prefix",
                        folder.toString()));
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = NodeSdk.class.getResourceAsStream("node/" + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Runs the script and returns what it printed.
    ///
    /// @param root address of the gateway
    /// @param cases further models, by what they are for
    JsonNode drive(String root, String key, String model, String embedder, JsonNode cases)
            throws IOException {
        Path script = folder.resolve("sdks.mjs");
        Path written = Files.createTempFile(folder, "sdks", ".mjs");
        Files.write(written, resource("sdks.mjs"));
        Files.move(written, script, StandardCopyOption.ATOMIC_MOVE);
        Tools.Answer answer =
                Tools.run(
                        RUN_WITHIN,
                        Map.of("SOMA_CASES", cases.toString()),
                        List.of("node", script.toString(), root, key, model, embedder));
        if (answer.status() != 0) {
            throw new AssertionError("the SDKs for Node failed:\n" + answer.output());
        }
        return JsonMapper.shared().readTree(answer.output());
    }
}
