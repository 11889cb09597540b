package dev.soma.policy.internal;

import dev.soma.constitution.Statements;
import dev.soma.constitution.Statements.Reading;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Digest;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.runtime.Reply;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A pack that allows more than the one in force needs the signers of the constitution: a statement
/// `{"type": "policy-activation", "tenant", "digest", "not_after"}` that as many of them have
/// signed
/// as a constitution needs. It names the pack by its digest and may be signed in advance.
class Loosening {
    private final Statements statements;

    Loosening(Statements statements) {
        this.statements = statements;
    }

    /// @param approval the signed file of the statement
    /// @throws dev.soma.kernel.ProblemException when the change needs an approval that is not there
    /// or does not
    /// hold
    void require(
            ActorContext actor,
            JsonObject before,
            JsonObject after,
            Optional<JsonObject> approval) {
        List<String> loosens = PackChange.loosens(before, after);
        if (loosens.isEmpty()) {
            return;
        }
        String digest = Digest.sha256Hex(CanonicalJson.JCS.bytes(after));
        Optional<String> objection =
                approval.map(file -> objection(file, actor, digest))
                        .orElse(Optional.of("no approval came with it"));
        if (objection.isPresent()) {
            throw Reply.refuse(
                    ProblemKind.SIGNATURES_NEEDED,
                    "This pack (digest %s) loosens something: %s. It needs a statement signed by the signers: %s."
                            .formatted(digest, loosens.getFirst(), objection.get()));
        }
    }

    private Optional<String> objection(JsonObject file, ActorContext actor, String digest) {
        return switch (statements.read(file, "policy-activation", Set.of("tenant", "digest"))) {
            case Reading.Refused(String reason) -> Optional.of(reason);
            case Reading.Holds(JsonObject statement, String hash) ->
                    statement.text("tenant").equals(Optional.of(actor.tenant().value()))
                                    && statement.text("digest").equals(Optional.of(digest))
                            ? Optional.empty()
                            : Optional.of("the statement is about another pack");
        };
    }
}
