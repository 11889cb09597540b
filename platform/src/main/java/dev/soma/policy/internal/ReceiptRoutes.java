package dev.soma.policy.internal;

import dev.soma.audit.AuditLog;
import dev.soma.audit.AuditLog.Entry;
import dev.soma.constitution.ConstitutionArchive;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import dev.soma.policy.internal.DecisionRepository.TurnPlace;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/receipts/{origin}/{index}`: everything it takes to check one verdict, or how a project or a
/// turn
/// ended,
/// without the platform (docs/design/decision-receipt.md).
@RestController
@RunsIn(Role.API)
class ReceiptRoutes {
    private static final Set<String> TYPES = Set.of("verdict", "evaluation", "turn");

    private final AuditLog log;
    private final DecisionRepository decisions;
    private final RulePacks packs;
    private final ConstitutionArchive constitutions;
    private final Authorizations authorizations;

    ReceiptRoutes(
            AuditLog log,
            DecisionRepository decisions,
            RulePacks packs,
            ConstitutionArchive constitutions,
            Authorizations authorizations) {
        this.log = log;
        this.decisions = decisions;
        this.packs = packs;
        this.constitutions = constitutions;
        this.authorizations = authorizations;
    }

    /// Who holds `decisions:read` may see any receipt of the tenant; anybody may see those of their
    /// own decisions.
    @GetMapping("/v1/receipts/{*path}")
    ResponseEntity<byte[]> find(
            ActorContext caller, @PathVariable String path, @RequestParam Optional<String> tenant) {
        ActorContext actor = Reply.inTenant(caller, tenant);
        int slash = path.lastIndexOf('/');
        if (slash < 1 || !path.substring(1, slash).equals(log.origin())) {
            throw none();
        }
        return answer(actor, index(path.substring(slash + 1)));
    }

    /// How the turn of a decision ended, for who knows the decision's id alone.
    @GetMapping("/v1/decisions/{id}/turn-receipt")
    ResponseEntity<byte[]> ofTurn(
            ActorContext caller, @PathVariable String id, @RequestParam Optional<String> tenant) {
        ActorContext actor = Reply.inTenant(caller, tenant);
        TurnPlace place =
                uuid(id).flatMap(decisions::turn)
                        .filter(found -> found.origin().equals(log.origin()))
                        .orElseThrow(ReceiptRoutes::none);
        return answer(actor, place.index());
    }

    private static Optional<UUID> uuid(String text) {
        try {
            return Optional.of(UUID.fromString(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private ResponseEntity<byte[]> answer(ActorContext actor, long index) {
        Entry entry = entry(index);
        JsonObject content = entry.content();
        if (isProject(content, actor)) {
            Reply.permit(
                    authorizations,
                    actor,
                    "projects:read",
                    "receipts/" + log.origin() + "/" + index);
            return Reply.ok(proved(entry).build());
        }
        UUID id = decision(content, actor);
        boolean own =
                decisions
                        .find(actor, id)
                        .filter(found -> actor.actor().tenant().equals(actor.tenant()))
                        .filter(found -> found.user().equals(actor.actor().user().value()))
                        .isPresent();
        Reply.permit(
                authorizations,
                actor,
                own ? "" : "decisions:read",
                "receipts/" + log.origin() + "/" + index);
        ObjectBuilder receipt = proved(entry);
        if (!content.text("type").equals(Optional.of("turn"))) {
            addGrounds(receipt, actor, content, id);
        }
        return Reply.ok(receipt.build());
    }

    private static boolean isProject(JsonObject content, ActorContext actor) {
        return content.text("type").equals(Optional.of("project"))
                && content.text("tenant").equals(Optional.of(actor.tenant().value()));
    }

    private long index(String text) {
        try {
            long index = Long.parseLong(text);
            if (index >= 0 && index < log.size()) {
                return index;
            }
        } catch (NumberFormatException e) {
            throw none();
        }
        throw none();
    }

    private Entry entry(long index) {
        List<Entry> entries = log.read(index, 1);
        if (entries.isEmpty()) {
            throw none();
        }
        return entries.getFirst();
    }

    private static UUID decision(JsonObject content, ActorContext actor) {
        String type = content.text("type").orElse("");
        boolean mine = content.text("tenant").equals(Optional.of(actor.tenant().value()));
        if (!mine || !TYPES.contains(type)) {
            throw none();
        }
        return TurnEntries.decision(content);
    }

    private static ProblemException none() {
        return Reply.refuse(
                ProblemKind.NOT_FOUND,
                "The log of this node has no such decision, ended turn or ended project of the tenant.");
    }

    private ObjectBuilder proved(Entry entry) {
        long index = entry.index();
        String note = log.checkpoint();
        long size = Long.parseLong(note.lines().skip(1).findFirst().orElse("0"));
        if (index >= size) {
            throw Reply.refuse(
                    ProblemKind.ENGINE_UNAVAILABLE,
                    "The log's next checkpoint, which covers this entry, is being signed.");
        }
        return JsonValue.object()
                .put("v", 1)
                .put("origin", log.origin())
                .put("index", index)
                .put("entry", base64(entry.bytes()))
                .put("tree_size", size)
                .put(
                        "proof",
                        JsonValue.texts(
                                log.inclusion(index, size).proof().stream()
                                        .map(ReceiptRoutes::base64)
                                        .toList()))
                .put("checkpoint", note);
    }

    /// What the verdict was found by.
    private void addGrounds(
            ObjectBuilder receipt, ActorContext actor, JsonObject content, UUID id) {
        receipt.put("taxonomy", packs.refusals().categories());
        packs.bytes(actor, content.text("policy_version").orElse(""))
                .ifPresent(pack -> receipt.put("pack", base64(pack)));
        constitutions
                .signedFile(content.text("constitution_hash").orElse(""))
                .ifPresent(file -> receipt.put("constitution", base64(file)));
        Map<String, byte[]> inputs = decisions.inputs(actor, List.of(id));
        byte[] input = inputs.get(id.toString());
        if (input != null) {
            receipt.put("input", base64(input));
        } else {
            receipt.put(
                    "input_missing",
                    decisions.find(actor, id).isPresent() ? "erased_or_expired" : "lost");
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
