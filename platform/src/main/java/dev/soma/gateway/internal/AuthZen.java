package dev.soma.gateway.internal;

import dev.soma.gateway.internal.EvaluationRoutes.Question;
import dev.soma.kernel.Problem;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.JsonString;
import dev.soma.policy.Obligation;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.policy.PolicyRequest;
import dev.soma.policy.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Questions and answers of the OpenID AuthZEN Authorization API 1.0: a subject that is a user, an
/// action, a resource. A resource of type `tool` is looked up in the registry. Properties of the
/// subject and the resource are accepted, and are no facts.
final class AuthZen {
    static final int MAX_EVALUATIONS = 256;

    private AuthZen() {}

    /// When a batch may end early.
    enum Semantic {
        EXECUTE_ALL,
        DENY_ON_FIRST_DENY,
        PERMIT_ON_FIRST_PERMIT;

        /// Whether nothing more is asked after such an answer.
        boolean endsWith(boolean allowed) {
            return switch (this) {
                case EXECUTE_ALL -> false;
                case DENY_ON_FIRST_DENY -> !allowed;
                case PERMIT_ON_FIRST_PERMIT -> allowed;
            };
        }
    }

    record Batch(List<Question> questions, Semantic semantic, boolean single) {
        Batch {
            questions = List.copyOf(questions);
        }
    }

    static Question read(BodyReader body) {
        return question(Parts.of(body), Parts.NONE, body);
    }

    /// The four parts of a question; each may come from the defaults of a batch.
    private record Parts(
            Optional<JsonObject> subject,
            Optional<JsonObject> action,
            Optional<JsonObject> resource,
            Optional<JsonObject> context) {
        static final Parts NONE =
                new Parts(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

        Parts by(JsonObject other) {
            return new Parts(Optional.of(other), action, resource, context);
        }

        Parts acting(JsonObject other) {
            return new Parts(subject, Optional.of(other), resource, context);
        }

        Parts on(JsonObject other) {
            return new Parts(subject, action, Optional.of(other), context);
        }

        static Parts of(BodyReader body) {
            return new Parts(
                    object(body, "subject"),
                    object(body, "action"),
                    object(body, "resource"),
                    object(body, "context"));
        }

        private static Optional<JsonObject> object(BodyReader body, String name) {
            return body.value(name)
                    .map(
                            value -> {
                                if (value instanceof JsonObject object) {
                                    return object;
                                }
                                throw body.refused(name, "must be an object");
                            });
        }
    }

    /// A question with one part left open.
    ///
    /// @param type of what is searched for; empty for actions
    record Template(String type, Function<String, Question> question) {}

    static Template template(BodyReader body, AccessSearch.Wanted wanted) {
        Parts parts = Parts.of(body);
        return switch (wanted) {
            case ACTION ->
                    new Template(
                            "",
                            name ->
                                    question(
                                            parts.acting(
                                                    JsonValue.object().put("name", name).build()),
                                            Parts.NONE,
                                            body));
            case SUBJECT -> {
                String type = text(part(parts.subject(), body, "subject"), "type", body, "subject");
                yield new Template(
                        type, id -> question(parts.by(entity(type, id)), Parts.NONE, body));
            }
            case RESOURCE -> {
                String type =
                        text(part(parts.resource(), body, "resource"), "type", body, "resource");
                yield new Template(
                        type, id -> question(parts.on(entity(type, id)), Parts.NONE, body));
            }
        };
    }

    private static JsonObject entity(String type, String id) {
        return JsonValue.object().put("type", type).put("id", id).build();
    }

    private static JsonObject part(Optional<JsonObject> own, BodyReader body, String name) {
        return part(own, Optional.empty(), body, name);
    }

    private static Question question(Parts own, Parts defaults, BodyReader body) {
        JsonObject subject = part(own.subject(), defaults.subject(), body, "subject");
        JsonObject action = part(own.action(), defaults.action(), body, "action");
        JsonObject resource = part(own.resource(), defaults.resource(), body, "resource");
        JsonObject context =
                own.context().or(defaults::context).orElseGet(() -> JsonValue.object().build());
        String kind = text(subject, "type", body, "subject");
        String user = text(subject, "id", body, "subject");
        String type = text(resource, "type", body, "resource");
        String id = text(resource, "id", body, "resource");
        String prompt = context.text("prompt").orElse("");
        JsonObject metadata =
                EvaluateBody.metadata(
                        new BodyReader(JsonValue.object().put("context", context).build(), ""),
                        "context");
        return new Question(
                Optional.of(kind.equals("user") ? user : "not-a-user"),
                new PolicyRequest(
                        text(action, "name", body, "action"),
                        type + "/" + id,
                        type.equals("tool") ? Optional.of(id) : Optional.empty(),
                        context.text("session_id").orElse(""),
                        "user",
                        EvaluateBody.prompt("user", prompt),
                        metadata));
    }

    private static JsonObject part(
            Optional<JsonObject> own, Optional<JsonObject> other, BodyReader body, String name) {
        return own.or(() -> other).orElseThrow(() -> body.refused(name, "is needed"));
    }

    private static String text(JsonObject object, String name, BodyReader body, String part) {
        if (object.members().get(name) instanceof JsonString(String value)
                && !value.isEmpty()
                && value.length() <= EvaluateBody.MAX_NAME) {
            return value;
        }
        throw body.refused(
                part + "/" + name,
                "must be a string of 1 to %d characters".formatted(EvaluateBody.MAX_NAME));
    }

    /// Reads a batch; a body without `evaluations` is a single question.
    static Batch readBatch(BodyReader body) {
        Parts defaults = Parts.of(body);
        List<BodyReader> items = body.objects("evaluations");
        Semantic semantic =
                body.optionalObject("options")
                        .flatMap(options -> options.optionalText("evaluations_semantic"))
                        .map(name -> semantic(body, name))
                        .orElse(Semantic.EXECUTE_ALL);
        if (items.isEmpty()) {
            return new Batch(List.of(question(defaults, Parts.NONE, body)), semantic, true);
        }
        if (items.size() > MAX_EVALUATIONS) {
            throw body.refused("evaluations", "may have %d items".formatted(MAX_EVALUATIONS));
        }
        List<Question> questions = new ArrayList<>(items.size());
        for (BodyReader item : items) {
            questions.add(question(Parts.of(item), defaults, item));
        }
        return new Batch(questions, semantic, false);
    }

    private static Semantic semantic(BodyReader body, String name) {
        for (Semantic semantic : Semantic.values()) {
            if (semantic.name().toLowerCase(java.util.Locale.ROOT).equals(name)) {
                return semantic;
            }
        }
        throw body.refused(
                "options/evaluations_semantic",
                "must be execute_all, deny_on_first_deny or permit_on_first_permit");
    }

    static JsonObject document(RecordedDecision decision) {
        Verdict verdict = decision.verdict();
        var context =
                JsonValue.object()
                        .put("decision", verdict.word().wireName())
                        .put("decision_id", decision.id().toString())
                        .put("constitution_hash", verdict.constitutionHash())
                        .put(
                                "obligations",
                                JsonValue.array(
                                        verdict.obligations().stream()
                                                .map(Obligation::document)
                                                .toList()))
                        .put(
                                "reasons",
                                JsonValue.array(
                                        verdict.violations().stream()
                                                .map(violation -> violation.document())
                                                .toList()));
        return JsonValue.object()
                .put("decision", JsonValue.of(verdict.word() == Verdict.Word.ALLOW))
                .put("context", context.build())
                .build();
    }

    /// A question of a batch to which there is no decision; that is a denial.
    static JsonObject undecided(Problem problem) {
        return JsonValue.object()
                .put("decision", JsonValue.of(false))
                .put(
                        "context",
                        JsonValue.object()
                                .put(
                                        "error",
                                        JsonValue.object()
                                                .put("status", problem.kind().status())
                                                .put("message", problem.detail())
                                                .build())
                                .build())
                .build();
    }

    static JsonObject discovery(String base) {
        return JsonValue.object()
                .put("policy_decision_point", base)
                .put("access_evaluation_endpoint", base + "/access/v1/evaluation")
                .put("access_evaluations_endpoint", base + "/access/v1/evaluations")
                .put("search_subject_endpoint", base + "/access/v1/search/subject")
                .put("search_resource_endpoint", base + "/access/v1/search/resource")
                .put("search_action_endpoint", base + "/access/v1/search/action")
                .build();
    }
}
