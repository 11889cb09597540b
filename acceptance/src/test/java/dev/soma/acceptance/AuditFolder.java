package dev.soma.acceptance;

import dev.soma.verifier.LogVerifier;
import dev.soma.verifier.Outcome;
import dev.soma.verifier.VerifierKey;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The files of an audit log, read as docs/design/audit-log.md describes them.
///
/// @param vkey the verifier key, one line
record AuditFolder(Path path, String vkey) {
    private static final int HEADER_BYTES = 8;

    record Entry(long index, JsonNode content) {
        String text(String name) {
            return content.path(name).asString("");
        }

        boolean is(String type) {
            return text("type").equals(type);
        }
    }

    String origin() {
        return vkey.substring(0, vkey.indexOf('+'));
    }

    /// Every whole entry; the writer may be at work on the next.
    List<Entry> entries() throws IOException {
        List<Path> files;
        try (Stream<Path> listing = Files.list(path.resolve("segments"))) {
            files = listing.filter(file -> file.toString().endsWith(".seg")).sorted().toList();
        }
        List<Entry> entries = new ArrayList<>();
        for (Path file : files) {
            read(file, entries);
        }
        return entries;
    }

    private static void read(Path file, List<Entry> entries) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            while (in.available() >= HEADER_BYTES) {
                int length = in.readInt();
                in.readInt();
                if (length < 1 || length > in.available()) {
                    return;
                }
                entries.add(
                        new Entry(
                                entries.size(),
                                JsonMapper.shared().readTree(in.readNBytes(length))));
            }
        }
    }

    /// How many verdicts allow something and are not taken back by an admission that refused.
    long allowed() throws IOException {
        Set<String> allowed = new HashSet<>();
        for (Entry entry : entries()) {
            if (entry.is("verdict") && entry.text("verdict").equals("allow")) {
                allowed.add(entry.text("decision_id"));
            } else if (entry.text("outcome").equals("not_admitted")) {
                allowed.remove(entry.text("decision_id"));
            }
        }
        return allowed.size();
    }

    Outcome verify() throws IOException {
        return LogVerifier.verify(path, VerifierKey.parse(vkey));
    }
}
