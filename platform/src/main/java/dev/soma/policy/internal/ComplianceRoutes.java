package dev.soma.policy.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Permit;
import dev.soma.kernel.Problem;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.policy.internal.ComplianceRepository.Erased;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/audit/report` and `/v1/audit/erasures`.
@RestController
@RunsIn(Role.API)
class ComplianceRoutes {
    private final ComplianceRepository compliance;
    private final Authorizations authorizations;

    ComplianceRoutes(ComplianceRepository compliance, Authorizations authorizations) {
        this.compliance = compliance;
        this.authorizations = authorizations;
    }

    /// What was decided from one time to another, by what, and which logs prove it.
    @GetMapping("/v1/audit/report")
    ResponseEntity<byte[]> report(
            ActorContext caller,
            @RequestParam Optional<String> tenant,
            @RequestParam Optional<String> from,
            @RequestParam Optional<String> to) {
        ActorContext actor = Reply.inTenant(caller, tenant);
        Reply.permit(authorizations, actor, "audit:read", "audit/report");
        Instant begin = from.map(text -> time("from", text)).orElse(Instant.EPOCH);
        Instant end =
                to.map(text -> time("to", text)).orElse(Instant.parse("9999-01-01T00:00:00Z"));
        if (!begin.isBefore(end)) {
            throw new ProblemException(Problem.at("/from", "'from' must be before 'to'."));
        }
        return Reply.ok(compliance.report(actor, begin, end));
    }

    private static Instant time(String name, String text) {
        try {
            Instant time = Instant.parse(text);
            if (time.isAfter(Instant.EPOCH.minusSeconds(1))
                    && time.isBefore(Instant.parse("9999-12-31T00:00:00Z"))) {
                return time;
            }
        } catch (DateTimeParseException e) {
            throw wrong(name);
        }
        throw wrong(name);
    }

    private static ProblemException wrong(String name) {
        return new ProblemException(
                Problem.at(
                        "/" + name,
                        "'%s' must be a time such as 2026-01-31T00:00:00Z.".formatted(name)));
    }

    /// `{user, tenant?}`: destroys what the platform keeps of what the user asked.
    @PostMapping("/v1/audit/erasures")
    ResponseEntity<byte[]> erase(
            ActorContext caller, @RequestParam Optional<String> tenant, @RequestBody byte[] bytes) {
        ActorContext actor = Reply.inTenant(caller, tenant);
        Permit permit = Reply.permit(authorizations, actor, "audit:erase", "audit/erasures");
        BodyReader body = BodyReader.of(bytes);
        String user = body.text("user");
        body.finish();
        if (user.isEmpty() || user.equals(ComplianceRepository.ERASED)) {
            throw body.refused("user", "must name a user");
        }
        Erased erased = compliance.erase(permit, user);
        return Reply.ok(
                JsonValue.object()
                        .put("keys_destroyed", erased.keys())
                        .put("decisions", erased.decisions())
                        .build());
    }
}
