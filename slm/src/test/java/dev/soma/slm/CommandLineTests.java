package dev.soma.slm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class CommandLineTests {
    @TempDir Path folder = Path.of("unset");

    private record Ended(int status, String errors) {}

    private Ended run(String... arguments) throws IOException, InterruptedException {
        Path errors = folder.resolve("errors");
        Process process = SlmProcess.launch(errors, List.of(arguments));
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), Files.readString(errors));
    }

    @Test
    void anUnknownOptionIsNamedWithItsNearMiss() throws IOException, InterruptedException {
        Ended ended = run("--model", "x", "--contxt", "9", "--port", "many");

        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.errors())
                .contains("unknown option --contxt, did you mean --context?")
                .contains("--port must be a whole number");
    }

    @Test
    void aMissingModelEndsTheStartWithOneLine() throws IOException, InterruptedException {
        Ended ended = run("--no-embeddings", "--model", folder.resolve("none.gguf").toString());

        assertThat(ended.status()).isEqualTo(1);
        assertThat(lastLine(ended)).contains("cannot be loaded").contains("no such file");
    }

    @Test
    void aFileThatIsNoModelEndsTheStart() throws IOException, InterruptedException {
        Path file = Files.writeString(folder.resolve("text.gguf"), "not a model at all, but text");

        Ended ended = run("--no-embeddings", "--model", file.toString());

        assertThat(ended.status()).isEqualTo(1);
        assertThat(lastLine(ended)).contains("is not GGUF");
    }

    @Test
    void aModelThatIsCutShortEndsTheStart() throws IOException, InterruptedException {
        Path file = folder.resolve("cut.gguf");
        Files.copy(ModelFile.path(), file, StandardCopyOption.REPLACE_EXISTING);
        for (long length : List.of(40_000_000L, 1_000_000L)) {
            try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
                access.setLength(length);
            }

            Ended ended = run("--no-embeddings", "--model", file.toString());

            assertThat(ended.status()).as(ended.errors()).isEqualTo(1);
            assertThat(lastLine(ended)).contains("cannot be loaded");
        }
    }

    @Test
    void aBusyPortEndsTheStart() throws IOException, InterruptedException {
        try (ServerSocket taken =
                new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            Ended ended =
                    run(
                            "--no-embeddings",
                            "--model",
                            ModelFile.path().toString(),
                            "--port",
                            Integer.toString(taken.getLocalPort()));

            assertThat(ended.status()).isEqualTo(1);
            assertThat(lastLine(ended)).contains("cannot listen").contains("port");
        }
    }

    @Test
    void nothingThatWasUnpackedIsLeftOnceTheServerIsReady() throws IOException {
        Path maps = Path.of("/proc", Long.toString(SlmProcess.shared().process().pid()), "maps");

        List<String> unpacked =
                Files.readAllLines(maps).stream()
                        .filter(line -> line.matches(".*/(soma-slm-|onnxruntime-java).*"))
                        .toList();

        assertThat(unpacked).isNotEmpty().allMatch(line -> line.endsWith("(deleted)"));
    }

    @Test
    void aSignalLetsTheRunningAnswerEndAndTheReadyFileNamesTheProcess()
            throws IOException, InterruptedException {
        Path ready = folder.resolve("ready.json");
        try (SlmProcess server =
                SlmProcess.start(
                        "--no-embeddings", "--context", "256", "--ready-file", ready.toString())) {
            JsonNode written = Json.read(Files.readString(ready));
            assertThat(written.get("port").intValue()).isEqualTo(server.port());
            assertThat(written.get("pid").longValue()).isEqualTo(server.process().pid());
            HttpResponse<InputStream> running =
                    SlmProcess.CLIENT.send(
                            server.post(
                                    "/v1/chat/completions",
                                    Json.write(
                                            Bodies.chat("Tell a story.", 40).put("stream", true))),
                            HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream events = running.body()) {
                assertThat(events.read()).isNotNegative();

                server.process().destroy();

                String rest = new String(events.readAllBytes(), StandardCharsets.UTF_8);
                assertThat(rest).contains("[DONE]");
            }
            await().atMost(Duration.ofSeconds(10)).until(() -> !server.process().isAlive());
            assertThat(server.process().exitValue()).isZero();
        }
    }

    private static String lastLine(Ended ended) {
        return ended.errors().lines().filter(line -> line.startsWith("slm: ")).toList().getLast();
    }
}
