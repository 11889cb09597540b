package dev.soma.constitution.internal;

import dev.soma.constitution.SignedDocument;
import dev.soma.constitution.Statements;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// Statements under the signers of the constitution in force.
class SignedStatements implements Statements {
    private final ConstitutionService constitutions;
    private final InstantSource clock;

    SignedStatements(ConstitutionService constitutions, InstantSource clock) {
        this.constitutions = constitutions;
        this.clock = clock;
    }

    @Override
    public Reading read(JsonObject file, String type, Set<String> members) {
        SignedDocument signed;
        try {
            signed = SignedDocument.parseFile(CanonicalJson.PYTHON.bytes(file));
        } catch (MalformedJson e) {
            return new Reading.Refused(String.valueOf(e.getMessage()));
        }
        JsonObject statement = signed.document();
        Set<String> expected = new HashSet<>(members);
        expected.addAll(Set.of("type", "not_after"));
        if (!statement.members().keySet().equals(expected)
                || !statement.text("type").equals(Optional.of(type))) {
            return new Reading.Refused("the statement is not a '%s'".formatted(type));
        }
        return expired(statement.text("not_after").orElse(""))
                .or(() -> constitutions.objection(signed))
                .<Reading>map(Reading.Refused::new)
                .orElseGet(() -> new Reading.Holds(statement, signed.dialect().hash(statement)));
    }

    private Optional<String> expired(String notAfter) {
        try {
            return clock.instant().isBefore(Instant.parse(notAfter))
                    ? Optional.empty()
                    : Optional.of("the statement has expired");
        } catch (DateTimeException e) {
            return Optional.of("'not_after' must be a time such as 2026-12-31T00:00:00Z");
        }
    }
}
