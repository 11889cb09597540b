package dev.soma.audit.internal;

import dev.soma.audit.AuditLog;
import dev.soma.audit.AuditLog.Entry;
import dev.soma.audit.AuditLog.InclusionProof;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/audit`: entries of the caller's tenant, and the tree for anybody who may audit.
@RestController
@RunsIn(Role.API)
class AuditRoutes {
    private static final int TILE = 256;
    private static final int MAX_SCAN = 20_000;

    private final AuditLog log;
    private final Witnessing witnessing;
    private final Authorizations authorizations;

    AuditRoutes(AuditLog log, Witnessing witnessing, Authorizations authorizations) {
        this.log = log;
        this.witnessing = witnessing;
        this.authorizations = authorizations;
    }

    @GetMapping("/v1/audit/logs")
    ResponseEntity<byte[]> logs(ActorContext actor) {
        return Reply.list(
                List.of(
                        JsonValue.object()
                                .put("origin", log.origin())
                                .put("size", log.size())
                                .put("witnessed_size", witnessing.size())
                                .put("witness_state", witnessing.state().id())
                                .build()));
    }

    /// Entries from `cursor` on that belong to the tenant; operators of the platform see all.
    @GetMapping("/v1/audit/entries")
    ResponseEntity<byte[]> entries(
            ActorContext actor,
            @RequestParam(defaultValue = "0") long cursor,
            @RequestParam(defaultValue = "100") int limit) {
        Reply.permit(authorizations, actor, "audit:read", "audit");
        if (cursor < 0 || limit < 1 || limit > 1_000) {
            throw Reply.refuse(
                    ProblemKind.INVALID_REQUEST,
                    "'cursor' is not negative and 'limit' lies from 1 to 1000.");
        }
        List<JsonObject> items = new ArrayList<>();
        long next = cursor;
        long end = Math.min(log.size(), cursor + MAX_SCAN);
        while (next < end && items.size() < limit) {
            for (Entry entry : log.read(next, Math.min(TILE, (int) (end - next)))) {
                next = entry.index() + 1;
                visible(actor, entry).ifPresent(items::add);
                if (items.size() == limit) {
                    break;
                }
            }
        }
        return Reply.ok(
                JsonValue.object()
                        .put("origin", log.origin())
                        .put("items", JsonValue.array(items))
                        .put("next", next)
                        .put("size", log.size())
                        .build());
    }

    private static Optional<JsonObject> visible(ActorContext actor, Entry entry) {
        JsonObject content = entry.content();
        boolean mine = content.text("tenant").equals(Optional.of(actor.tenant().value()));
        return mine || actor.actor().holds("*")
                ? Optional.of(
                        JsonValue.object()
                                .put("index", entry.index())
                                .put("entry", content)
                                .build())
                : Optional.empty();
    }

    @GetMapping("/v1/audit/checkpoint")
    ResponseEntity<String> checkpoint(ActorContext actor) {
        return ResponseEntity.ok().contentType(MediaType.TEXT_PLAIN).body(log.checkpoint());
    }

    /// The newest note that the witness cosigned, for an auditor who trusts the witness's key.
    @GetMapping("/v1/audit/checkpoint/witnessed")
    ResponseEntity<String> witnessed(ActorContext actor) {
        String note =
                witnessing
                        .note()
                        .orElseThrow(
                                () ->
                                        Reply.refuse(
                                                ProblemKind.NOT_FOUND,
                                                "No witness has cosigned this log yet."));
        return ResponseEntity.ok().contentType(MediaType.TEXT_PLAIN).body(note);
    }

    @GetMapping("/v1/audit/proof/{index}")
    ResponseEntity<byte[]> proof(
            ActorContext actor, @PathVariable long index, @RequestParam Optional<Long> size) {
        long treeSize = size.orElse(log.size());
        if (index < 0 || index >= treeSize || treeSize > log.size()) {
            throw Reply.refuse(ProblemKind.NOT_FOUND, "The log has no such entry at that size.");
        }
        InclusionProof proof = log.inclusion(index, treeSize);
        return Reply.ok(
                JsonValue.object()
                        .put("origin", log.origin())
                        .put("index", index)
                        .put("size", treeSize)
                        .put("leaf_hash", NodeAuditLog.base64(proof.leafHash()))
                        .put("proof", JsonValue.texts(NodeAuditLog.base64(proof.proof())))
                        .build());
    }

    @GetMapping("/v1/audit/consistency")
    ResponseEntity<byte[]> consistency(
            ActorContext actor, @RequestParam long from, @RequestParam long to) {
        if (from < 0 || from > to || to > log.size()) {
            throw Reply.refuse(ProblemKind.NOT_FOUND, "The log has no such pair of sizes.");
        }
        return Reply.ok(
                JsonValue.object()
                        .put("origin", log.origin())
                        .put("from", from)
                        .put("to", to)
                        .put(
                                "proof",
                                JsonValue.texts(NodeAuditLog.base64(log.consistency(from, to))))
                        .build());
    }

    /// C2SP tiles of hashes: `<L>/<N>[.p/<W>]`.
    @GetMapping("/v1/audit/tile/{level:\\d+}/{*path}")
    ResponseEntity<byte[]> tile(
            ActorContext actor, @PathVariable int level, @PathVariable String path) {
        TilePath tile = TilePath.parse(path).orElseThrow(AuditRoutes::noTile);
        try {
            return bytes(log.tile(level, tile.number(), tile.width()));
        } catch (IndexOutOfBoundsException e) {
            throw noTile();
        }
    }

    /// C2SP entry bundles: each entry led by its length in two bytes. They hold every tenant's
    /// entries.
    @GetMapping("/v1/audit/tile/entries/{*path}")
    ResponseEntity<byte[]> bundle(ActorContext actor, @PathVariable String path) {
        Reply.permit(authorizations, actor, "*", "audit/entries");
        TilePath tile = TilePath.parse(path).orElseThrow(AuditRoutes::noTile);
        List<Entry> entries = log.read(tile.number() * TILE, tile.width());
        if (entries.size() < tile.width()) {
            throw noTile();
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Entry entry : entries) {
            out.write(entry.bytes().length >>> 8);
            out.write(entry.bytes().length);
            out.writeBytes(entry.bytes());
        }
        return bytes(out.toByteArray());
    }

    private static ResponseEntity<byte[]> bytes(byte[] content) {
        return ResponseEntity.ok().contentType(MediaType.APPLICATION_OCTET_STREAM).body(content);
    }

    private static RuntimeException noTile() {
        return Reply.refuse(ProblemKind.NOT_FOUND, "The log has no such tile.");
    }
}
