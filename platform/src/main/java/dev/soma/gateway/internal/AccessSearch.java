package dev.soma.gateway.internal;

import dev.soma.gateway.internal.EvaluationRoutes.Question;
import dev.soma.identity.Identities;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.UserId;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import dev.soma.policy.PolicyEngine;
import dev.soma.policy.PolicyEngine.Vocabulary;
import dev.soma.provider.ModelTarget;
import dev.soma.provider.Providers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/// The search of AuthZEN 1.0: which subjects, resources or actions a question would be answered
/// with yes for. It goes through finite sets (users, models and tools of the tenant, actions that
/// the pack or the constitution names) and judges each as a single evaluation would; nothing is
/// acted on, so nothing is recorded.
final class AccessSearch {
    static final int MAX_PAGE = 100;

    /// What one page looks at; a page may hold fewer results than asked for and still have a next.
    private static final int MAX_EXAMINED = 200;

    private final PolicyEngine policy;
    private final Identities identities;
    private final Providers providers;

    AccessSearch(PolicyEngine policy, Identities identities, Providers providers) {
        this.policy = policy;
        this.identities = identities;
        this.providers = providers;
    }

    /// What is searched for.
    enum Wanted {
        SUBJECT,
        RESOURCE,
        ACTION;

        static Optional<Wanted> of(String path) {
            return switch (path) {
                case "/access/v1/search/subject" -> Optional.of(SUBJECT);
                case "/access/v1/search/resource" -> Optional.of(RESOURCE);
                case "/access/v1/search/action" -> Optional.of(ACTION);
                default -> Optional.empty();
            };
        }
    }

    /// One page of a search.
    ///
    /// @param candidates names, in order, from where the page begins
    /// @param question what is asked of each
    /// @param state what the token of the next page is bound to
    record Search(
            Wanted wanted,
            String type,
            List<String> candidates,
            Function<String, Question> question,
            int limit,
            String state) {}

    /// @param caller whose tenant is searched
    Search read(ActorContext caller, Wanted wanted, BodyReader body) {
        Vocabulary vocabulary = policy.vocabulary(caller.tenant());
        AuthZen.Template template = AuthZen.template(body, wanted);
        Optional<BodyReader> page = body.optionalObject("page");
        Optional<String> token = page.flatMap(part -> part.optionalText("token"));
        int limit =
                (int)
                        page.map(part -> part.optionalLong("limit", 1, MAX_PAGE).orElse(MAX_PAGE))
                                .orElse((long) MAX_PAGE)
                                .longValue();
        body.finish();
        List<String> all = candidates(caller, wanted, template.type(), vocabulary);
        List<String> rest =
                token.map(text -> after(all, text, vocabulary.state(), body)).orElse(all);
        return new Search(
                wanted, template.type(), rest, template.question(), limit, vocabulary.state());
    }

    private List<String> candidates(
            ActorContext caller, Wanted wanted, String type, Vocabulary vocabulary) {
        return switch (wanted) {
            case ACTION -> List.copyOf(new TreeSet<>(vocabulary.actions()));
            case SUBJECT ->
                    type.equals("user")
                            ? identities.users(caller.tenant()).stream()
                                    .map(UserId::value)
                                    .sorted()
                                    .toList()
                            : List.of();
            case RESOURCE ->
                    switch (type) {
                        case "tool" -> List.copyOf(new TreeSet<>(vocabulary.tools()));
                        case "model" ->
                                providers.models(caller).stream()
                                        .map(ModelTarget::address)
                                        .sorted()
                                        .toList();
                        default -> List.of();
                    };
        };
    }

    private static List<String> after(
            List<String> all, String token, String state, BodyReader body) {
        String text;
        try {
            text = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw body.refused("page/token", "is not one of ours");
        }
        int end = text.indexOf(' ');
        if (end < 0 || !text.substring(0, end).equals(state)) {
            throw body.refused("page/token", "is of an older state; search again from the start");
        }
        String last = text.substring(end + 1);
        return all.stream().filter(name -> name.compareTo(last) > 0).toList();
    }

    /// @param ask whether a question is answered with yes
    CompletableFuture<JsonObject> run(
            Search search, Function<Question, CompletableFuture<Boolean>> ask) {
        return next(search, ask, 0, new ArrayList<>());
    }

    private static CompletableFuture<JsonObject> next(
            Search search,
            Function<Question, CompletableFuture<Boolean>> ask,
            int index,
            List<String> found) {
        int at = index;
        while (at < search.candidates().size()
                && at < MAX_EXAMINED
                && found.size() < search.limit()) {
            String name = search.candidates().get(at);
            at++;
            CompletableFuture<Boolean> answer = ask.apply(search.question().apply(name));
            if (!answer.isDone()) {
                int then = at;
                return answer.thenCompose(
                        allowed -> {
                            if (allowed) {
                                found.add(name);
                            }
                            return next(search, ask, then, found);
                        });
            }
            if (answer.join()) {
                found.add(name);
            }
        }
        return CompletableFuture.completedFuture(document(search, at, found));
    }

    private static JsonObject document(Search search, int examined, List<String> found) {
        String token =
                examined < search.candidates().size()
                        ? Base64.getUrlEncoder()
                                .withoutPadding()
                                .encodeToString(
                                        (search.state()
                                                        + " "
                                                        + search.candidates().get(examined - 1))
                                                .getBytes(StandardCharsets.UTF_8))
                        : "";
        return JsonValue.object()
                .put(
                        "results",
                        JsonValue.array(found.stream().map(name -> result(search, name)).toList()))
                .put("page", JsonValue.object().put("next_token", token).build())
                .build();
    }

    private static JsonObject result(Search search, String name) {
        ObjectBuilder result = JsonValue.object();
        return search.wanted() == Wanted.ACTION
                ? result.put("name", name).build()
                : result.put("type", search.type()).put("id", name).build();
    }
}
