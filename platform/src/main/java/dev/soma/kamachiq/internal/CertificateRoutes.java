package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.work.Payloads.CertificateOrder;
import dev.soma.kamachiq.work.Planning;
import dev.soma.kernel.Actor;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.util.Optional;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/kamachiq/certificates`: models show whether they can write programs.
@RestController
@RunsIn(Role.API)
class CertificateRoutes {
    private static final int LONGEST = 200;
    private static final long MOST_TOKENS = 1L << 50;

    private final Projects projects;
    private final PostgresCertificates certificates;
    private final Identifiers identifiers;
    private final Authorizations authorizations;

    CertificateRoutes(
            Projects projects,
            PostgresCertificates certificates,
            Identifiers identifiers,
            Authorizations authorizations) {
        this.projects = projects;
        this.certificates = certificates;
        this.identifiers = identifiers;
        this.authorizations = authorizations;
    }

    @GetMapping("/v1/kamachiq/certificates")
    ResponseEntity<byte[]> list(ActorContext caller, @RequestParam Optional<String> tenant) {
        ActorContext actor = Reply.inTenant(caller, tenant);
        Reply.permit(authorizations, actor, "projects:read", "certificates");
        return Reply.list(certificates.list(actor.tenant().value()));
    }

    @PostMapping("/v1/kamachiq/certificates")
    ResponseEntity<byte[]> certify(ActorContext actor, @RequestBody byte[] bytes) {
        Reply.permit(authorizations, actor, "projects:write", "certificates");
        Reply.permit(authorizations, actor, Planning.TOOLS, "certificates");
        BodyReader body = BodyReader.of(bytes);
        String model = body.text("model");
        long tokens =
                body.optionalLong("budget_tokens", 1, MOST_TOKENS)
                        .orElseThrow(() -> body.refused("budget_tokens", "is needed"));
        body.finish();
        if (model.isEmpty() || model.length() > LONGEST) {
            throw body.refused("model", "has 1 to %d characters".formatted(LONGEST));
        }
        if (actor.tenant().equals(Actor.SYSTEM.tenant())) {
            throw Reply.refuse(
                    ProblemKind.CONFLICT,
                    "Models are tried by a tenant; use a key of one of its users.");
        }
        String account = "certificate-" + identifiers.next();
        projects.certify(
                new CertificateOrder(
                        actor.tenant().value(),
                        account,
                        model,
                        tokens,
                        ProjectRoutes.submitter(actor)));
        return Reply.json(
                202, JsonValue.object().put("model", model).put("account", account).build());
    }
}
