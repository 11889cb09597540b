package dev.soma.replay;

import dev.soma.replay.Outcome.Part;
import dev.soma.verifier.Checkpoint;
import dev.soma.verifier.Proofs;
import dev.soma.verifier.VerifierKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Checks a decision's or a turn's receipt: `java -jar replay.jar RECEIPT VKEY-FILE [STREAM]`. The
/// key is the auditor's own copy; nothing in the receipt is believed before it is checked.
public final class Replay {
    static final int MAX_BYTES = 16 * 1024 * 1024;
    private static final Set<String> MEMBERS =
            Set.of(
                    "v",
                    "origin",
                    "index",
                    "entry",
                    "tree_size",
                    "proof",
                    "checkpoint",
                    "input",
                    "input_missing",
                    "pack",
                    "constitution",
                    "taxonomy");
    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private final JsonNode receipt;
    private final VerifierKey key;

    private Replay(JsonNode receipt, VerifierKey key) {
        this.receipt = receipt;
        this.key = key;
    }

    /// A part that does not hold.
    private static final class Broken extends Exception {
        private static final long serialVersionUID = 1L;
        private final Part part;

        Broken(Part part, String reason) {
            super(reason);
            this.part = part;
        }

        Outcome outcome() {
            return new Outcome.Invalid(part, String.valueOf(getMessage()));
        }
    }

    /// @return 0 when the receipt is valid, 1 when it is not, 2 for wrong use
    static int run(String... arguments) {
        if (arguments.length < 2 || arguments.length > 3) {
            System.err.println("usage: replay RECEIPT VKEY-FILE [STREAM]");
            return 2;
        }
        try {
            Outcome outcome =
                    check(
                            Files.readAllBytes(Path.of(arguments[0])),
                            VerifierKey.parse(Files.readString(Path.of(arguments[1])).strip()),
                            arguments.length < 3
                                    ? Optional.empty()
                                    : Optional.of(Files.readAllBytes(Path.of(arguments[2]))));
            return switch (outcome) {
                case Outcome.Valid(String word, String decision) -> {
                    System.out.printf("valid: decision %s, %s%n", decision, word);
                    yield 0;
                }
                case Outcome.DigestsOnly(String reason) -> {
                    System.out.println("the log has it; it cannot be judged again: " + reason);
                    yield 0;
                }
                case Outcome.Ended(String state, String decision, boolean told) -> {
                    System.out.printf("valid: turn of decision %s, %s%n", decision, state);
                    yield 0;
                }
                case Outcome.Reported(String project, String verdict, String report) -> {
                    System.out.printf(
                            "valid: project %s, %s, report %s%n", project, verdict, report);
                    yield 0;
                }
                case Outcome.Invalid(Part part, String reason) -> {
                    System.err.printf("not valid, %s: %s%n", part, reason);
                    yield 1;
                }
            };
        } catch (IOException | IllegalArgumentException e) {
            System.err.println("cannot read the receipt or the key: " + e.getMessage());
            return 2;
        }
    }

    public static void main(String... arguments) {
        System.exit(run(arguments));
    }

    /// Checks a receipt.
    ///
    /// @param key of the log, from the auditor's own copy
    public static Outcome check(byte[] bytes, VerifierKey key) {
        return check(bytes, key, Optional.empty());
    }

    /// @param stream the session's events in the product's own dialect, as somebody kept them; the
    /// receipt has to be a turn's then
    public static Outcome check(byte[] bytes, VerifierKey key, Optional<byte[]> stream) {
        if (bytes.length > MAX_BYTES) {
            return new Outcome.Invalid(Part.RECEIPT, "has more than %d bytes".formatted(MAX_BYTES));
        }
        try {
            JsonNode receipt = parse(Part.RECEIPT, bytes);
            for (String member : receipt.propertyNames()) {
                if (!MEMBERS.contains(member)) {
                    throw new Broken(Part.RECEIPT, "the member '%s' is unknown".formatted(member));
                }
            }
            if (receipt.path("v").asInt(0) != 1) {
                throw new Broken(Part.RECEIPT, "is not of version 1");
            }
            return new Replay(receipt, key).check(stream);
        } catch (Broken broken) {
            return broken.outcome();
        } catch (RuntimeException e) {
            // A receipt may hold anything; what cannot be judged is not valid.
            return new Outcome.Invalid(Part.VERDICT, "cannot be judged: " + e);
        }
    }

    private static JsonNode parse(Part part, byte[] bytes) throws Broken {
        try {
            JsonNode node = JSON.readTree(bytes);
            if (node == null || !node.isObject()) {
                throw new Broken(part, "is not a JSON object");
            }
            return node;
        } catch (JacksonException e) {
            throw new Broken(part, "is not JSON");
        }
    }

    private byte[] decoded(String member, Part part) throws Broken {
        if (!receipt.path(member).isString()) {
            throw new Broken(part, "is missing");
        }
        try {
            return Base64.getDecoder().decode(receipt.path(member).stringValue());
        } catch (IllegalArgumentException e) {
            throw new Broken(part, "is not base64");
        }
    }

    private Outcome check(Optional<byte[]> stream) throws Broken {
        byte[] entryBytes = decoded("entry", Part.ENTRY);
        included(entryBytes);
        JsonNode entry = parse(Part.ENTRY, entryBytes);
        if (entry.path("type").asString("").equals("turn")) {
            return ended(entry, stream);
        }
        if (stream.isPresent()) {
            throw new Broken(Part.RECEIPT, "is not of a turn, so it speaks of no stream");
        }
        if (entry.path("type").asString("").equals("project")) {
            return new Outcome.Reported(
                    entry.path("project").asString(""),
                    entry.path("verdict").asString(""),
                    entry.path("report_sha256").asString(""));
        }
        return judged(entryBytes, entry);
    }

    private static Outcome ended(JsonNode entry, Optional<byte[]> stream) throws Broken {
        if (stream.isPresent()) {
            byte[] told =
                    Stream.frames(
                                    stream.get(),
                                    entry.path("first_seq").asLong(0),
                                    entry.path("last_seq").asLong(0))
                            .orElseThrow(() -> new Broken(Part.STREAM, "lacks frames of the turn"));
            same(Part.STREAM, sha256(told), entry.path("journal_sha256").asString(""));
        }
        return new Outcome.Ended(
                entry.path("state").asString(""),
                entry.path("decision_id").asString(""),
                stream.isPresent());
    }

    private Outcome judged(byte[] entryBytes, JsonNode entry) throws Broken {
        byte[] pack = decoded("pack", Part.PACK);
        same(Part.PACK, sha256(pack), entry.path("policy_version").asString(""));
        taxonomy(entry);
        JsonNode constitution = constitution(entry);
        if (!receipt.has("input")) {
            return new Outcome.DigestsOnly(receipt.path("input_missing").asString("it is missing"));
        }
        byte[] inputBytes = decoded("input", Part.INPUT);
        same(Part.INPUT, sha256(inputBytes), entry.path("input_digest").asString(""));
        JsonNode input = parse(Part.INPUT, inputBytes);
        String actor =
                "%s/%s/%s"
                        .formatted(
                                input.path("salt").asString(""),
                                input.path("tenant").asString(""),
                                input.path("user").asString(""));
        same(
                Part.INPUT,
                sha256(actor.getBytes(StandardCharsets.UTF_8)),
                entry.path("actor").asString(""));
        Judge.Verdict verdict =
                Judge.judge(input, constitution, parse(Part.PACK, pack), receipt.path("taxonomy"));
        return compare(entryBytes, entry, verdict);
    }

    private void included(byte[] entry) throws Broken {
        byte[] note = receipt.path("checkpoint").asString("").getBytes(StandardCharsets.UTF_8);
        if (!(Checkpoint.read(
                        note,
                        origin -> origin.equals(key.name()) ? List.of(key) : List.<VerifierKey>of())
                instanceof Checkpoint.Reading.Signed(Checkpoint signed, String text))) {
            throw new Broken(Part.CHECKPOINT, "is not signed by the trusted key of its log");
        }
        long size = receipt.path("tree_size").asLong(-1);
        long index = receipt.path("index").asLong(-1);
        if (size != signed.size() || !receipt.path("origin").asString("").equals(signed.origin())) {
            throw new Broken(Part.CHECKPOINT, "is of another tree");
        }
        if (index < 0 || index >= size) {
            throw new Broken(Part.PROOF, "the index lies outside of the tree");
        }
        List<byte[]> path = new ArrayList<>();
        for (JsonNode hash : receipt.path("proof")) {
            try {
                path.add(Base64.getDecoder().decode(hash.asString("")));
            } catch (IllegalArgumentException e) {
                throw new Broken(Part.PROOF, "holds a hash that is not base64");
            }
        }
        if (!Proofs.isIncluded(Proofs.leafHash(entry), index, size, path, signed.rootHash())) {
            throw new Broken(Part.PROOF, "the tree does not hold the entry at that index");
        }
    }

    /// Entries from before the log named it have no `taxonomy_digest`; nobody can take one away.
    private void taxonomy(JsonNode entry) throws Broken {
        JsonNode phrases = receipt.path("taxonomy");
        if (!phrases.isObject()) {
            throw new Broken(Part.TAXONOMY, "is missing");
        }
        if (entry.has("taxonomy_digest")) {
            same(
                    Part.TAXONOMY,
                    sha256(Canonical.JCS.bytes(phrases)),
                    entry.path("taxonomy_digest").asString(""));
        }
    }

    private JsonNode constitution(JsonNode entry) throws Broken {
        JsonNode file = parse(Part.CONSTITUTION, decoded("constitution", Part.CONSTITUTION));
        JsonNode document = file.path("document");
        String hash =
                switch (file.path("dialect").asString("somabrain")) {
                    case "somabrain" -> hex("SHA3-512", Canonical.PYTHON.bytes(document));
                    case "soma" -> hex("SHA3-512", Canonical.JCS.bytes(document));
                    case "somaagenthub" -> hex("SHA-256", Canonical.PYTHON.bytes(document));
                    default -> throw new Broken(Part.CONSTITUTION, "is of an unknown dialect");
                };
        same(Part.CONSTITUTION, hash, entry.path("constitution_hash").asString(""));
        return document;
    }

    private static void same(Part part, String computed, String recorded) throws Broken {
        if (!computed.equals(recorded)) {
            throw new Broken(part, "is not the one that the entry names");
        }
    }

    private static Outcome compare(byte[] bytes, JsonNode entry, Judge.Verdict verdict)
            throws Broken {
        boolean approved = entry.has("approval_id");
        if (approved && !verdict.word().equals("review")) {
            throw new Broken(
                    Part.VERDICT, "an approval stands beside '%s'".formatted(verdict.word()));
        }
        ObjectNode again = (ObjectNode) entry.deepCopy();
        again.put("verdict", approved ? "allow" : verdict.word())
                .put("score_micro", verdict.scoreMicro())
                .put("severity", verdict.severity());
        again.set("violations", verdict.violations());
        again.set("obligations", approved ? withoutApproval(verdict) : verdict.obligations());
        if (!Arrays.equals(Canonical.JCS.bytes(again), bytes)) {
            throw new Broken(
                    Part.VERDICT,
                    "the rules give %s with score %d and %s, the log says otherwise"
                            .formatted(verdict.word(), verdict.scoreMicro(), verdict.violations()));
        }
        return new Outcome.Valid(
                again.path("verdict").stringValue(), entry.path("decision_id").asString(""));
    }

    private static ArrayNode withoutApproval(Judge.Verdict verdict) {
        ArrayNode kept = JSON.createArrayNode();
        for (JsonNode obligation : verdict.obligations()) {
            if (!obligation.path("type").asString("").equals("require_human_approval")) {
                kept.add(obligation);
            }
        }
        return kept;
    }

    private static String sha256(byte[] bytes) {
        return hex("SHA-256", bytes);
    }

    private static String hex(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no " + algorithm, e);
        }
    }
}
