package dev.soma.policy.internal;

import dev.soma.constitution.SignedDocument;
import dev.soma.constitution.Statements;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Digest;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.runtime.Reply;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A pack that allows more than the one in force needs the signers of the constitution: a statement
/// `{"type": "policy-activation", "tenant", "digest", "not_after"}` that as many of them have
/// signed
/// as a constitution needs. It names the pack by its digest and may be signed in advance.
class Loosening {
    private static final Set<String> MEMBERS = Set.of("type", "tenant", "digest", "not_after");

    private final Statements statements;
    private final InstantSource clock;

    Loosening(Statements statements, InstantSource clock) {
        this.statements = statements;
        this.clock = clock;
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
        SignedDocument signed;
        try {
            signed = SignedDocument.parseFile(CanonicalJson.JCS.bytes(file));
        } catch (MalformedJson e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
        JsonObject statement = signed.document();
        if (!statement.members().keySet().equals(MEMBERS)
                || !statement.text("type").equals(Optional.of("policy-activation"))) {
            return Optional.of("the statement is not a 'policy-activation'");
        }
        if (!statement.text("tenant").equals(Optional.of(actor.tenant().value()))
                || !statement.text("digest").equals(Optional.of(digest))) {
            return Optional.of("the statement is about another pack");
        }
        return expired(statement.text("not_after").orElse(""))
                .or(() -> statements.objection(signed));
    }

    private Optional<String> expired(String notAfter) {
        try {
            return clock.instant().isBefore(Instant.parse(notAfter))
                    ? Optional.empty()
                    : Optional.of("the statement has expired");
        } catch (DateTimeParseException e) {
            return Optional.of("'not_after' must be a time such as 2026-12-31T00:00:00Z");
        }
    }
}
