package dev.soma.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.soma.kamachiq.evidence.RunRecord;
import dev.soma.kamachiq.evidence.Timeline;
import dev.soma.kernel.Digest;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportCheckTests {
    @TempDir private Path folder;

    @BeforeEach
    void deliver() throws IOException {
        Files.writeString(folder.resolve("sums.py"), "print(1)\n");
        List<JsonObject> entries =
                List.of(
                        JsonValue.object()
                                .put("seq", 1)
                                .put("kind", "ARTIFACT")
                                .put("path", "sums.py")
                                .put("sha256", Digest.sha256Hex("print(1)\n"))
                                .put("bytes", 9)
                                .put(
                                        "provenance",
                                        JsonValue.array(List.of(range(0, 4), range(4, 9))))
                                .build(),
                        JsonValue.object()
                                .put("seq", 2)
                                .put("kind", "VERDICT")
                                .put("verdict", "SUCCEEDED")
                                .build());
        RunRecord record = RunRecord.begin("t1", "sums");
        for (JsonObject entry : entries) {
            record = record.append(entry);
        }
        Files.write(
                folder.resolve("report.json"),
                CanonicalJson.JCS.bytes(
                        JsonValue.object()
                                .put("tenant", "t1")
                                .put("project", "sums")
                                .put("verdict", "SUCCEEDED")
                                .put("timeline", Timeline.of(entries).document())
                                .put("record", JsonValue.array(entries))
                                .put("root", record.hex())
                                .build()));
    }

    private static JsonObject range(int from, int to) {
        return JsonValue.object()
                .put("from", from)
                .put("to", to)
                .put("origin", "CAPSULE")
                .put("by", "py.calculator@1")
                .build();
    }

    @Test
    void whatWasDeliveredHolds() throws IOException {
        assertThat(ReportCheck.of(folder)).isEmpty();
    }

    @Test
    void anotherFileIsFoundAndAMissingOneToo() throws IOException {
        Files.writeString(folder.resolve("sums.py"), "print(2)\n");
        assertThat(ReportCheck.of(folder))
                .containsExactly("sums.py is not the file that was delivered");
        Files.delete(folder.resolve("sums.py"));
        assertThat(ReportCheck.of(folder)).containsExactly("sums.py is missing");
    }

    /// Every byte of the report, one bit of it changed.
    @Test
    void noByteOfTheReportCanBeAnother() throws IOException {
        byte[] report = Files.readAllBytes(folder.resolve("report.json"));
        for (int i = 0; i < report.length; i++) {
            byte[] other = report.clone();
            other[i] ^= 1;
            Files.write(folder.resolve("report.json"), other);
            assertThat(ReportCheck.of(folder)).as("byte %d", i).isNotEmpty();
        }
    }

    @Test
    void withoutAReportNothingIsSaid() throws IOException {
        Files.delete(folder.resolve("report.json"));
        assertThatThrownBy(() -> ReportCheck.of(folder)).isInstanceOf(CommandException.class);
    }
}
