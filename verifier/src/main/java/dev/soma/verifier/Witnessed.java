package dev.soma.verifier;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/// What an independent witness cosigned of a log, to be held against the log itself.
///
/// @param notes files with cosigned checkpoints: the log's own `checkpoint.cosigned`, and better
/// still what the witness itself kept
public record Witnessed(CosignerKey witness, List<Path> notes) {
    /// The cosigned note that a node keeps beside its log.
    public static final String FILE = "checkpoint.cosigned";

    public Witnessed {
        notes = List.copyOf(notes);
        if (notes.isEmpty()) {
            throw new IllegalArgumentException("a witness without a cosigned note says nothing");
        }
    }

    /// Roots by size.
    NavigableMap<Long, String> roots(String origin) throws IOException, Fault {
        NavigableMap<Long, String> roots = new TreeMap<>();
        for (Path note : notes) {
            if (!Files.isRegularFile(note)) {
                throw new Fault(
                        "there is no cosigned checkpoint in "
                                + note
                                + ", so nothing shows that a witness saw this log");
            }
            Checkpoint seen = Cosignature.open(read(note), witness).checkpoint();
            if (!seen.origin().equals(origin)) {
                throw new Fault(note + " is cosigned for the log " + Json.quote(seen.origin()));
            }
            String other = roots.putIfAbsent(seen.size(), seen.root());
            if (other != null && !other.equals(seen.root())) {
                throw new Fault(
                        "the witness "
                                + witness
                                + " cosigned two roots of "
                                + seen.size()
                                + " entries: "
                                + other
                                + " and "
                                + seen.root());
            }
        }
        return roots;
    }

    private static byte[] read(Path note) throws IOException {
        try (InputStream in = Files.newInputStream(note)) {
            return in.readNBytes(SignedNote.MAX_BYTES + 1);
        }
    }
}
