package dev.soma.policy.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Permit;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.BodyReader;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/// `/v1/tools`: the registry that facts of tools come from.
@RestController
@RunsIn(Role.API)
class ToolRoutes {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:-]{0,127}");
    private static final int MAX_LIST = 64;

    private final ToolRegistry tools;
    private final Authorizations authorizations;

    ToolRoutes(ToolRegistry tools, Authorizations authorizations) {
        this.tools = tools;
        this.authorizations = authorizations;
    }

    @GetMapping("/v1/tools")
    ResponseEntity<byte[]> list(ActorContext actor) {
        Reply.permit(authorizations, actor, "policies:read", "tools");
        return Reply.list(tools.of(actor).stream().map(Tool::document).toList());
    }

    /// `{category, risk_micro?, forbidden?, actions[]?, domains[]?}`; replaces what was known.
    @PutMapping("/v1/tools/{id}")
    ResponseEntity<byte[]> save(
            ActorContext actor, @PathVariable String id, @RequestBody byte[] bytes) {
        Permit permit = Reply.permit(authorizations, actor, "policies:write", "tools/" + id);
        BodyReader body = BodyReader.of(bytes);
        OptionalLong risk = body.optionalLong("risk_micro", 0, Evaluator.FULL_SCORE_MICRO);
        Tool tool =
                new Tool(
                        id,
                        body.text("category"),
                        risk,
                        body.optionalBoolean("forbidden").orElse(false),
                        listed(body, "actions"),
                        listed(body, "domains"));
        body.finish();
        if (!ID.matcher(id).matches()) {
            throw Reply.refuse(
                    ProblemKind.INVALID_REQUEST,
                    "A tool id is 1 to 128 letters, digits, '.', '_', ':' and '-'.");
        }
        tools.save(permit, tool);
        return Reply.ok(tool.document());
    }

    private static Set<String> listed(BodyReader body, String name) {
        Set<String> texts = Set.copyOf(body.texts(name));
        if (texts.size() > MAX_LIST || texts.stream().anyMatch(text -> text.length() > 128)) {
            throw body.refused(name, "may have %d entries of 128 characters".formatted(MAX_LIST));
        }
        return texts;
    }
}
