package dev.soma.constitution;

import dev.soma.constitution.SignedDocument.Signature;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.math.BigInteger;
import java.security.PublicKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Checks a document against the keys: the hash is recomputed, and distinct keys of distinct,
/// permitted signers are
/// counted. One key counts once, whatever names it is given.
public final class Quorum {
    private Quorum() {}

    /// What the check found.
    public sealed interface Outcome {
        record Met(String hash, String version, List<String> signers) implements Outcome {
            public Met {
                signers = List.copyOf(signers);
            }
        }

        record NotMet(String reason) implements Outcome {}
    }

    /// @param threshold the least number of signers the operator accepts; the document may ask for
    /// more. At least 1
    public static Outcome check(SignedDocument signed, KeyRing ring, int threshold) {
        JsonObject document = signed.document();
        Optional<String> version = document.text("version");
        if (version.isEmpty() || document.object("rules").isEmpty()) {
            return new Outcome.NotMet("the document lacks 'version' or 'rules'");
        }
        Optional<String> objection = signed.dialect().formObjection(document);
        if (objection.isPresent()) {
            return new Outcome.NotMet(objection.get());
        }
        String hash = signed.dialect().hash(document);
        if (signed.claimedHash().filter(claimed -> !claimed.equals(hash)).isPresent()) {
            return new Outcome.NotMet(
                    "checksum mismatch: the document hashes to %s... and not to what is stored"
                            .formatted(hash.substring(0, 16)));
        }
        return count(signed, ring, threshold, document, version.get());
    }

    /// Checks the signatures of a statement against what the constitution in force demands.
    ///
    /// @param threshold the least number of signers the operator accepts
    public static Outcome checkStatement(
            SignedDocument statement, KeyRing ring, int threshold, JsonObject constitution) {
        return count(statement, ring, threshold, constitution, "");
    }

    private static Outcome count(
            SignedDocument signed,
            KeyRing ring,
            int threshold,
            JsonObject constitution,
            String version) {
        if (threshold < 1 || ring.keys().isEmpty()) {
            return new Outcome.NotMet("the operator trusts no keys");
        }
        String hash = signed.dialect().hash(signed.document());
        JsonObject governance =
                constitution.object("governance").orElse(JsonValue.object().build());
        int needed = Math.max(threshold, demanded(governance));
        SortedMap<String, PublicKey> signers = validSigners(signed, ring, hash);
        List<String> permitted = governance.texts("valid_signers");
        if (governance.get("valid_signers").isPresent()) {
            signers.keySet().retainAll(permitted);
        }
        return signers.size() >= needed
                ? new Outcome.Met(hash, version, List.copyOf(signers.keySet()))
                : new Outcome.NotMet(
                        "%d of %d needed signatures are valid".formatted(signers.size(), needed));
    }

    private static int demanded(JsonObject governance) {
        return governance.members().get("signature_threshold") instanceof JsonInteger(var number)
                ? number.min(BigInteger.valueOf(Integer.MAX_VALUE)).intValue()
                : 1;
    }

    private static SortedMap<String, PublicKey> validSigners(
            SignedDocument signed, KeyRing ring, String hash) {
        SortedMap<String, PublicKey> signers = new TreeMap<>();
        for (Signature signature : signed.signatures()) {
            if (signature.hash().filter(other -> !other.equals(hash)).isPresent()) {
                continue;
            }
            for (Map.Entry<String, PublicKey> candidate : ring.keys().entrySet()) {
                boolean named = signature.signer().map(candidate.getKey()::equals).orElse(true);
                if (named
                        && signed.dialect()
                                .verifies(
                                        signed.document(),
                                        signature.text(),
                                        candidate.getValue())) {
                    signers.put(candidate.getKey(), candidate.getValue());
                }
            }
        }
        return signers;
    }
}
