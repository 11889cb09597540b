package dev.soma.cli;

import dev.soma.kamachiq.evidence.RunRecord;
import dev.soma.kamachiq.evidence.Timeline;
import dev.soma.kernel.Digest;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.replay.Outcome;
import dev.soma.replay.Replay;
import dev.soma.verifier.VerifierKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Checks what a project delivered against its report, without the platform: the chain of the
/// report's entries, and every file against the entry that names it.
final class ReportCheck {
    /// Name of the receipt beside the report.
    static final String RECEIPT = "receipt.json";

    private ReportCheck() {}

    /// What does not hold, in words; empty when all of it does.
    ///
    /// @param folder with `report.json` and the files
    static List<String> of(Path folder) throws IOException {
        Path file = folder.resolve("report.json");
        if (!Files.isRegularFile(file)) {
            throw new CommandException("there is no report.json in " + folder);
        }
        try {
            return check(folder, StrictJson.parseObject(Files.readAllBytes(file)));
        } catch (MalformedJson e) {
            return List.of("report.json is not the JSON that was written: " + e.getMessage());
        }
    }

    /// What the audit log says of the project, where there is a receipt of it.
    ///
    /// @param key of the log, from the auditor's own copy
    /// @return what does not hold, in words; empty when all of it does
    static List<String> signature(Path folder, VerifierKey key) throws IOException {
        Outcome outcome = Replay.check(Files.readAllBytes(folder.resolve(RECEIPT)), key);
        return switch (outcome) {
            case Outcome.Reported(String project, String verdict, String report) ->
                    Digest.sha256Hex(Files.readAllBytes(folder.resolve("report.json")))
                                    .equals(report)
                            ? List.of()
                            : List.of(
                                    "the log speaks of another report of project %s (%s)"
                                            .formatted(project, verdict));
            case Outcome.Invalid invalid -> List.of(AuditReceiptCommand.words(invalid));
            default -> List.of("the receipt is not of a project");
        };
    }

    private static List<String> check(Path folder, JsonObject report) throws IOException {
        if (!(report.members().get("record") instanceof JsonValue.JsonArray(var entries))) {
            return List.of("report.json holds no record");
        }
        List<String> faults = new ArrayList<>();
        List<JsonObject> chained = new ArrayList<>();
        RunRecord record = RunRecord.begin(text(report, "tenant"), text(report, "project"));
        String verdict = "";
        int seq = 0;
        for (JsonValue value : entries) {
            seq++;
            if (!(value instanceof JsonObject entry)
                    || !JsonValue.of(seq).equals(entry.members().get("seq"))) {
                return List.of("entry %d of the record is not where it belongs".formatted(seq));
            }
            record = record.append(entry);
            chained.add(entry);
            switch (text(entry, "kind")) {
                case "ARTIFACT" -> artifact(folder, entry, faults);
                case "VERDICT" -> verdict = text(entry, "verdict");
                default -> {}
            }
        }
        if (!record.hex().equals(text(report, "root"))) {
            faults.add("the entries do not lead to the root; one of them is not what was written");
        }
        if (!verdict.equals(text(report, "verdict"))) {
            faults.add("the verdict is not that of the record");
        }
        if (!Timeline.of(chained).document().equals(report.members().get("timeline"))) {
            faults.add("the timeline is not what the record says");
        }
        return faults;
    }

    private static void artifact(Path folder, JsonObject entry, List<String> faults)
            throws IOException {
        String name = text(entry, "path");
        if (!isCovered(entry)) {
            faults.add("it is not told where every byte of %s comes from".formatted(name));
        }
        Path file = folder.resolve(name).normalize();
        if (!file.startsWith(folder.normalize()) || !Files.isRegularFile(file)) {
            faults.add(name + " is missing");
        } else if (!Digest.sha256Hex(Files.readAllBytes(file)).equals(text(entry, "sha256"))) {
            faults.add(name + " is not the file that was delivered");
        }
    }

    /// Whether the ranges of a file's provenance follow each other from its first byte to its last,
    /// and each is known.
    private static boolean isCovered(JsonObject entry) {
        JsonValue next = JsonValue.of(0);
        for (JsonValue item : entry.items("provenance")) {
            if (!(item instanceof JsonObject range)
                    || !next.equals(range.members().get("from"))
                    || text(range, "origin").equals("UNKNOWN")) {
                return false;
            }
            next = range.members().getOrDefault("to", JsonValue.of(-1));
        }
        return next.equals(entry.members().get("bytes"));
    }

    private static String text(JsonObject object, String member) {
        return object.text(member).orElse("");
    }
}
