package dev.soma.constitution;

import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A constitution with its signatures, as a file or a store hands it over; nothing in it is
/// believed yet.
///
/// @param claimedHash what the store says the hash is
/// @param signatures in the order of the store
public record SignedDocument(
        ConstitutionDialect dialect,
        JsonObject document,
        Optional<String> claimedHash,
        List<Signature> signatures) {
    public SignedDocument {
        signatures = List.copyOf(signatures);
    }

    /// @param signer who says to have signed; empty when the store keeps a bare signature
    /// @param text hex or base64
    /// @param hash what it says to have signed; empty when the store does not say
    public record Signature(Optional<String> signer, String text, Optional<String> hash) {}

    /// Reads the signed file: `{"dialect": "somabrain", "document": {...}, "checksum": "...",
    /// "signatures": [...]}`,
    /// or the bundle of SomaAgentHub: `{"version", "issued_at", "document", "hash", "signature":
    /// {...}}`.
    public static SignedDocument parseFile(byte[] file) throws MalformedJson {
        JsonObject bundle = StrictJson.parseObject(file);
        JsonObject document =
                bundle.object("document")
                        .orElseThrow(() -> new MalformedJson("the file has no 'document'"));
        Optional<JsonObject> single = bundle.object("signature");
        ConstitutionDialect dialect =
                ConstitutionDialect.named(
                                bundle.text("dialect")
                                        .orElse(single.isPresent() ? "somaagenthub" : "somabrain"))
                        .orElseThrow(() -> new MalformedJson("the dialect is not known"));
        if (dialect == ConstitutionDialect.SOMA && !CanonicalJson.JCS.canWrite(document)) {
            throw new MalformedJson("the document has an integer beyond 2^53");
        }
        List<Signature> signatures = new ArrayList<>(signatures(bundle.items("signatures")));
        single.flatMap(SignedDocument::signature).ifPresent(signatures::add);
        Optional<String> claimed = bundle.text("checksum").or(() -> bundle.text("hash"));
        return new SignedDocument(dialect, document, claimed, signatures);
    }

    /// Reads signature records `{signer_id, signature | value, checksum}`.
    public static List<Signature> signatures(List<JsonValue> items) {
        List<Signature> signatures = new ArrayList<>();
        for (JsonValue item : items) {
            if (item instanceof JsonObject entry) {
                signature(entry).ifPresent(signatures::add);
            }
        }
        return signatures;
    }

    private static Optional<Signature> signature(JsonObject entry) {
        return entry.text("signature")
                .or(() -> entry.text("value"))
                .map(text -> new Signature(entry.text("signer_id"), text, entry.text("checksum")));
    }

    /// The signed file, in the form that [#parseFile] reads.
    public byte[] toFile() {
        List<JsonObject> records = new ArrayList<>();
        for (Signature signature : signatures) {
            var entry = JsonValue.object().put("signature", signature.text());
            signature.signer().ifPresent(signer -> entry.put("signer_id", signer));
            signature.hash().ifPresent(hash -> entry.put("checksum", hash));
            records.add(entry.build());
        }
        return CanonicalJson.PYTHON.bytes(
                JsonValue.object()
                        .put("dialect", dialect.wireName())
                        .put("document", document)
                        .put("checksum", dialect.hash(document))
                        .put("signatures", JsonValue.array(records))
                        .build());
    }
}
