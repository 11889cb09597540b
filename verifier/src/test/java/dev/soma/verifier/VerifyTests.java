package dev.soma.verifier;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyTests {
    @TempDir Path folder = Path.of("");

    private final List<byte[]> entries = LogWriter.entries(5, 12);
    private LogWriter log = new LogWriter(folder);

    private record Run(int exit, String out, String err) {}

    @BeforeEach
    void writeLog() {
        log = new LogWriter(folder.resolve("log"));
        log.write(entries, 5);
    }

    @Test
    void printsOneLineAndExitsWithZero() {
        Run run = run("--key", log.signer.vkey(), log.folder.toString());
        assertThat(run.exit()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .startsWith("VERIFIED: soma/audit/node-1, size 12, unsigned 0, root ")
                .hasLineCount(1);
    }

    @Test
    void readsTheKeyFromAFileAndPrintsOneJsonDocument() throws Exception {
        Path key = Files.writeString(folder.resolve("audit.vkey"), log.signer.vkey() + "\n");
        Run run =
                run(
                        "--json",
                        "--expect-size",
                        "12",
                        "--key",
                        key.toString(),
                        log.folder.toString());
        assertThat(run.exit()).isZero();
        Json.Members document = JsonReader.plain(run.out().getBytes(UTF_8));
        assertThat(document.text("outcome")).hasValue("verified");
        assertThat(document.integer("size")).hasValue(12);
    }

    @Test
    void namesTheBadEntryAndExitsWithOne() throws Exception {
        byte[] segment = log.get(LogWriter.segmentName(5));
        segment[9] ^= 1;
        log.put(LogWriter.segmentName(5), segment);
        Run run = run("--key", log.signer.vkey(), log.folder.toString(), "--json");
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.err()).startsWith("NOT VERIFIED: entry 5: ");
        assertThat(JsonReader.plain(run.out().getBytes(UTF_8)).integer("entry")).hasValue(5);
    }

    @Test
    void checksProofFiles() throws IOException {
        List<byte[]> leaves = LogWriter.leaves(entries);
        Files.write(folder.resolve("entry"), entries.get(0));
        Files.writeString(folder.resolve("old"), log.signer.checkpoint(1, leaves.get(0)));
        Path checkpoint = log.folder.resolve("checkpoint");
        String hash = Base64.getEncoder().encodeToString(leaves.get(0));
        Path inclusion =
                Files.writeString(
                        folder.resolve("inclusion.json"),
                        "{\"origin\":\"soma/audit/node-1\",\"index\":0,\"size\":1,\"leaf_hash\":\""
                                + hash
                                + "\",\"proof\":[]}");
        Path consistency =
                Files.writeString(
                        folder.resolve("consistency.json"),
                        "{\"origin\":\"soma/audit/node-1\",\"from\":1,\"to\":1,\"proof\":[]}");
        String old = folder.resolve("old").toString();
        String entry = folder.resolve("entry").toString();
        String key = log.signer.vkey();
        assertThat(
                        run(
                                "inclusion",
                                "--key",
                                key,
                                "--checkpoint",
                                old,
                                "--entry",
                                entry,
                                "--proof",
                                inclusion.toString()))
                .isEqualTo(new Run(0, "VERIFIED: entry 0 of 1 in soma/audit/node-1\n", ""));
        assertThat(
                        run(
                                        "consistency",
                                        "--key",
                                        key,
                                        "--old",
                                        old,
                                        "--new",
                                        old,
                                        "--proof",
                                        consistency.toString())
                                .exit())
                .isZero();
        assertThat(
                        run(
                                        "consistency",
                                        "--key",
                                        key,
                                        "--old",
                                        old,
                                        "--new",
                                        checkpoint.toString(),
                                        "--proof",
                                        consistency.toString())
                                .exit())
                .isEqualTo(1);
    }

    @Test
    void explainsItselfOnWrongUse() {
        String key = log.signer.vkey();
        String dir = log.folder.toString();
        for (List<String> words :
                List.of(
                        List.<String>of(),
                        List.of(dir),
                        List.of("--key", key),
                        List.of("--key", "x", dir),
                        List.of("--key", key, dir, dir),
                        List.of("--key", key, dir + "/none"),
                        List.of("--key", key, "--key", key, dir),
                        List.of("--key", key, dir, "--expect-size"),
                        List.of("--key", key, dir, "--expect-size", "-1"),
                        List.of("--key", key, dir, "--quick"),
                        List.of("inclusion", "--key", key),
                        List.of("consistency", "--key", key, "--old", dir + "/none"))) {
            Run run = run(words.toArray(String[]::new));
            assertThat(run.exit()).as(words.toString()).isEqualTo(2);
            assertThat(run.err()).contains("usage: java -jar verifier.jar");
            assertThat(run.out()).isEmpty();
        }
    }

    private static Run run(String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exit =
                Verify.run(
                        words,
                        new PrintStream(out, true, UTF_8),
                        new PrintStream(err, true, UTF_8));
        return new Run(exit, out.toString(UTF_8), err.toString(UTF_8));
    }
}
