package dev.soma.constitution.internal;

import dev.soma.constitution.SignedDocument;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.Permit;
import dev.soma.kernel.json.MalformedJson;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Constitutions that are not in force yet.
class ConstitutionDrafts {
    private final JdbcClient jdbc;
    private final Identifiers identifiers;

    ConstitutionDrafts(JdbcClient jdbc, Identifiers identifiers) {
        this.jdbc = jdbc;
        this.identifiers = identifiers;
    }

    /// @param state DRAFT or ACTIVE
    record Draft(UUID id, SignedDocument signed, String state) {
        String hash() {
            return signed.dialect().hash(signed.document());
        }
    }

    Draft save(Permit permit, ActorContext actor, SignedDocument signed) {
        Draft draft = new Draft(identifiers.next(), signed, "DRAFT");
        jdbc.sql(
                        """
                        INSERT INTO constitution_draft (id, hash, signed_file, state, created_by, decision_id)
                        VALUES (?, ?, ?, ?, ?, ?)
                        """)
                .param(draft.id())
                .param(draft.hash())
                .param(signed.toFile())
                .param(draft.state())
                .param(actor.actor().tenant() + "/" + actor.actor().user())
                .param(permit.decisionId())
                .update();
        return draft;
    }

    Optional<Draft> find(UUID id) {
        return jdbc.sql("SELECT id, signed_file, state FROM constitution_draft WHERE id = ?")
                .param(id)
                .query(
                        (row, i) ->
                                new Draft(
                                        row.getObject(1, UUID.class),
                                        parse(row.getBytes(2)),
                                        row.getString(3)))
                .optional();
    }

    void activated(Draft draft, SignedDocument signed) {
        jdbc.sql("UPDATE constitution_draft SET state = 'ACTIVE', signed_file = ? WHERE id = ?")
                .param(signed.toFile())
                .param(draft.id())
                .update();
    }

    private static SignedDocument parse(byte[] file) {
        try {
            return SignedDocument.parseFile(file);
        } catch (MalformedJson e) {
            throw new IllegalStateException("a stored draft is not JSON any more", e);
        }
    }
}
