package dev.soma.constitution;

import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonArray;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The four Redis keys in which SomaBrain keeps its constitution. The signatures are a JSON list,
/// or one bare text,
/// because SomaBrain's own `sign` overwrites the list with it.
public final class SomaBrainLayout {
    public static final String DOCUMENT = "soma:constitution";
    public static final String CHECKSUM = "soma:constitution:checksum";
    public static final String META = "soma:constitution:meta";
    public static final String SIGNATURES = "soma:constitution:signatures";
    public static final List<String> KEYS = List.of(DOCUMENT, CHECKSUM, META, SIGNATURES);

    private SomaBrainLayout() {}

    /// Reads the keys.
    ///
    /// @return empty when there is no document
    public static Optional<SignedDocument> parse(Map<String, String> values) throws MalformedJson {
        String document = values.get(DOCUMENT);
        if (document == null) {
            return Optional.empty();
        }
        return Optional.of(
                new SignedDocument(
                        ConstitutionDialect.SOMABRAIN,
                        StrictJson.parseObject(document.getBytes(StandardCharsets.UTF_8)),
                        Optional.ofNullable(values.get(CHECKSUM)),
                        signatures(values.getOrDefault(SIGNATURES, "[]").strip())));
    }

    private static List<SignedDocument.Signature> signatures(String text) throws MalformedJson {
        if (!text.startsWith("[")) {
            return List.of(new SignedDocument.Signature(Optional.empty(), text, Optional.empty()));
        }
        return StrictJson.parse(text.getBytes(StandardCharsets.UTF_8))
                        instanceof JsonArray(List<JsonValue> items)
                ? SignedDocument.signatures(items)
                : List.of();
    }

    /// The keys and values of a signed document, for publishing it.
    public static Map<String, String> values(SignedDocument signed, String createdAt) {
        String hash = signed.dialect().hash(signed.document());
        List<JsonObject> records =
                signed.signatures().stream()
                        .map(
                                signature ->
                                        JsonValue.object()
                                                .put(
                                                        "signer_id",
                                                        signature.signer().orElse("default"))
                                                .put("signature", signature.text())
                                                .put("checksum", hash)
                                                .put("created_at", createdAt)
                                                .build())
                        .toList();
        Map<String, String> values = new LinkedHashMap<>();
        values.put(DOCUMENT, CanonicalJson.PYTHON.text(signed.document()));
        values.put(SIGNATURES, CanonicalJson.PYTHON.text(JsonValue.array(records)));
        values.put(
                META,
                CanonicalJson.PYTHON.text(JsonValue.object().put("created_at", createdAt).build()));
        values.put(CHECKSUM, hash);
        return values;
    }
}
