package dev.soma.kamachiq.service;

import dev.soma.kamachiq.service.Service.Answer;
import dev.soma.kamachiq.service.Service.Condition;
import dev.soma.kamachiq.service.Service.Field;
import dev.soma.kamachiq.service.Service.Storage;
import dev.soma.kamachiq.service.Service.Verb;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonBoolean;
import dev.soma.kernel.json.JsonValue.JsonInteger;
import dev.soma.kernel.json.JsonValue.JsonNull;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.JsonString;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Knows what a service answers, without one. Not thread-safe; one oracle follows one service from
/// its first start.
public final class ServiceOracle {
    private static final Pattern KEY = Pattern.compile("[0-9]{1,15}");

    private static final JsonValue NOTHING = new JsonNull();
    private static final BigInteger MOST = BigInteger.valueOf(Service.MAX_INTEGER);

    private final Service service;
    private final SortedMap<Long, JsonObject> records = new TreeMap<>();
    private long last;

    public ServiceOracle(Service service) {
        this.service = service;
    }

    /// What is said to a client.
    ///
    /// @param body canonical JSON (RFC 8785); empty for none
    public record Said(int status, String body) {
        /// As the driver prints it.
        public String line() {
            return body.isEmpty()
                    ? "%d -".formatted(status)
                    : "%d application/json %s".formatted(status, body);
        }
    }

    /// What follows for the client; nothing for a restart.
    public Optional<Said> after(Step step) {
        return switch (step) {
            case Step.Request request -> Optional.of(answer(request));
            case Step.Oversized oversized -> Optional.of(error(413, "too large"));
            case Step.Restart() -> {
                if (service.storage() == Storage.MEMORY) {
                    records.clear();
                    last = 0;
                }
                yield Optional.empty();
            }
        };
    }

    private static Said error(int status, String text) {
        return said(status, JsonValue.object().put("error", text).build());
    }

    private static Said said(int status, JsonValue document) {
        return new Said(status, CanonicalJson.JCS.text(document));
    }

    private Said failure(Condition condition) {
        Answer answer = service.answer(condition);
        return error(answer.status(), answer.text());
    }

    private Said answer(Step.Request request) {
        String path = request.path().split("\\?", 2)[0];
        String all = "/" + service.plural();
        if (path.equals(all)) {
            return ofAll(request);
        }
        return path.startsWith(all + "/") && path.indexOf('/', all.length() + 1) < 0
                ? ofOne(request, path.substring(all.length() + 1))
                : error(404, "not found");
    }

    private boolean offers(Verb verb, Step.Request request) {
        return service.verbs().contains(verb) && verb.method().equals(request.method());
    }

    private Said ofAll(Step.Request request) {
        if (offers(Verb.LIST, request)) {
            return said(200, JsonValue.array(List.copyOf(records.values())));
        }
        if (!offers(Verb.CREATE, request)) {
            return error(405, "method not allowed");
        }
        return read(request.body())
                .map(values -> said(201, keep(last + 1, values)))
                .orElseGet(() -> failure(Condition.INVALID));
    }

    private Said ofOne(Step.Request request, String key) {
        boolean offered =
                offers(Verb.READ, request)
                        || offers(Verb.REPLACE, request)
                        || offers(Verb.DELETE, request);
        if (!offered) {
            return error(405, "method not allowed");
        }
        long id = KEY.matcher(key).matches() ? Long.parseLong(key) : 0;
        JsonObject found = records.get(id);
        if (found == null) {
            return failure(Condition.UNKNOWN);
        }
        if (request.method().equals("GET")) {
            return said(200, found);
        }
        if (request.method().equals("DELETE")) {
            records.remove(id);
            return new Said(204, "");
        }
        return read(request.body())
                .map(values -> said(200, keep(id, values)))
                .orElseGet(() -> failure(Condition.INVALID));
    }

    private JsonObject keep(long id, Map<String, JsonValue> values) {
        var document = JsonValue.object().put("id", id);
        values.forEach(document::put);
        JsonObject kept = document.build();
        records.put(id, kept);
        last = Math.max(last, id);
        return kept;
    }

    /// The values of a record; empty when the body is none.
    private Optional<Map<String, JsonValue>> read(String body) {
        JsonObject given;
        try {
            given = StrictJson.parseObject(body.getBytes(StandardCharsets.UTF_8));
        } catch (MalformedJson e) {
            return Optional.empty();
        }
        List<String> known = service.fields().stream().map(Field::name).toList();
        if (!known.containsAll(given.members().keySet())) {
            return Optional.empty();
        }
        Map<String, JsonValue> values = new TreeMap<>();
        for (Field field : service.fields()) {
            JsonValue value = given.members().getOrDefault(field.name(), NOTHING);
            if (!fits(field, value)) {
                return Optional.empty();
            }
            values.put(field.name(), value);
        }
        return Optional.of(values);
    }

    private static boolean fits(Field field, JsonValue value) {
        if (value.equals(NOTHING)) {
            return !field.required();
        }
        return switch (field.type()) {
            case TEXT ->
                    value instanceof JsonString(String text)
                            && text.codePointCount(0, text.length()) <= Service.MAX_TEXT
                            && !(field.required() && text.isEmpty());
            case INTEGER ->
                    value instanceof JsonInteger(BigInteger number)
                            && number.abs().compareTo(MOST) <= 0;
            case BOOLEAN -> value instanceof JsonBoolean;
        };
    }
}
