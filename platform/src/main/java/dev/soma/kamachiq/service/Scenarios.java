package dev.soma.kamachiq.service;

import dev.soma.kamachiq.service.Service.Field;
import dev.soma.kamachiq.service.Service.Verb;
import dev.soma.kamachiq.service.Step.Oversized;
import dev.soma.kamachiq.service.Step.Request;
import dev.soma.kamachiq.service.Step.Restart;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a service is asked to show what it does: each verb in an ordinary life of records, every
/// way to be wrong, and what is left after a restart. The same service is asked the same.
public final class Scenarios {
    private final Service service;
    private final String all;

    private Scenarios(Service service) {
        this.service = service;
        this.all = "/" + service.plural();
    }

    /// Steps by the criterion that they show, each from the first start of a service.
    public static Map<String, List<Step>> of(Service service) {
        return new Scenarios(service).all();
    }

    private Map<String, List<Step>> all() {
        Map<String, List<Step>> scenarios = new LinkedHashMap<>();
        scenarios.put("create", create());
        scenarios.put("list and read", read());
        scenarios.put("replace", replace());
        scenarios.put("delete", delete());
        scenarios.put("an invalid record", invalid());
        scenarios.put("an unknown record", unknown());
        scenarios.put("other paths and methods", others());
        scenarios.put(
                "a restart",
                List.of(post(sample(0)), post(sample(1)), new Restart(), get(""), get("/1")));
        return scenarios;
    }

    private Step post(String body) {
        return new Request(Verb.CREATE.method(), all, body);
    }

    private Step get(String rest) {
        return new Request("GET", all + rest, "");
    }

    private Step put(String rest, String body) {
        return new Request("PUT", all + rest, body);
    }

    private Step remove(String rest) {
        return new Request("DELETE", all + rest, "");
    }

    /// A record with every field, another for each number.
    private String sample(int number) {
        Map<String, JsonValue> values = new LinkedHashMap<>();
        service.fields().forEach(field -> values.put(field.name(), value(field, number)));
        return text(values);
    }

    private static String text(Map<String, JsonValue> values) {
        var document = JsonValue.object();
        values.forEach(document::put);
        return CanonicalJson.JCS.text(document.build());
    }

    private static JsonValue value(Field field, int number) {
        return switch (field.type()) {
            case TEXT -> JsonValue.of("%s %d".formatted(field.name(), number));
            case INTEGER -> JsonValue.of(number - 1L);
            case BOOLEAN -> JsonValue.of(number % 2 == 0);
        };
    }

    private List<Step> create() {
        List<Step> steps = new ArrayList<>(List.of(post(sample(0)), post(sample(1))));
        Map<String, JsonValue> least = new LinkedHashMap<>();
        service.fields().stream()
                .filter(Field::required)
                .forEach(field -> least.put(field.name(), value(field, 2)));
        steps.add(post(text(least)));
        for (Field field : service.fields()) {
            fine(field).forEach(value -> steps.add(post(with(field, value))));
        }
        return steps;
    }

    /// A record in which one field is written like this.
    private String with(Field field, String value) {
        StringBuilder body = new StringBuilder("{");
        for (Field other : service.fields()) {
            body.append(body.length() > 1 ? ", " : "")
                    .append('"')
                    .append(other.name())
                    .append("\": ")
                    .append(other.equals(field) ? value : CanonicalJson.JCS.text(value(other, 3)));
        }
        return body.append('}').toString();
    }

    private static List<String> fine(Field field) {
        return switch (field.type()) {
            case TEXT ->
                    List.of(
                            "\"" + "x".repeat(Service.MAX_TEXT) + "\"",
                            "\"a \\\"quoted\\\" word, \\u00e9 and \\n a line\"");
            case INTEGER ->
                    List.of("0", "-" + Service.MAX_INTEGER, Long.toString(Service.MAX_INTEGER));
            case BOOLEAN -> List.of("true", "false");
        };
    }

    private static List<String> wrong(Field field) {
        List<String> wrong = new ArrayList<>(List.of("[]", "{}", "1.5"));
        wrong.addAll(
                switch (field.type()) {
                    case TEXT ->
                            List.of("1", "true", "\"" + "x".repeat(Service.MAX_TEXT + 1) + "\"");
                    case INTEGER ->
                            List.of(
                                    "\"1\"",
                                    "true",
                                    "1.0",
                                    Long.toString(Service.MAX_INTEGER + 1),
                                    Long.toString(-Service.MAX_INTEGER - 1));
                    case BOOLEAN -> List.of("\"true\"", "0", "1");
                });
        if (field.required()) {
            wrong.add("null");
            if (field.type() == Service.Type.TEXT) {
                wrong.add("\"\"");
            }
        }
        return wrong;
    }

    private List<Step> read() {
        return List.of(
                get(""),
                post(sample(0)),
                post(sample(1)),
                post(sample(2)),
                get(""),
                get("?page=2"),
                get("/1"),
                get("/3"),
                get("/2?x"));
    }

    private List<Step> replace() {
        return List.of(
                post(sample(0)),
                post(sample(1)),
                put("/1", sample(4)),
                get("/1"),
                put("/1", "{}"),
                put("/1", "{"),
                put("/9", sample(1)),
                put("/9", "{"),
                get("/1"),
                get("/2"));
    }

    /// A number never comes again.
    private List<Step> delete() {
        return List.of(
                post(sample(0)),
                post(sample(1)),
                remove("/2"),
                get("/2"),
                remove("/2"),
                post(sample(2)),
                get("/2"),
                get("/3"),
                get(""),
                remove("/1"),
                get(""));
    }

    private List<Step> invalid() {
        List<Step> steps = new ArrayList<>();
        for (String body :
                List.of(
                        "",
                        "{",
                        "[]",
                        "null",
                        "1",
                        "\"text\"",
                        "{}",
                        "NaN",
                        "[".repeat(20_000),
                        "{\"nonesuch\": 1}")) {
            steps.add(post(body));
        }
        for (Field field : service.fields()) {
            wrong(field).forEach(value -> steps.add(post(with(field, value))));
        }
        String sample = sample(0);
        steps.add(post(sample.substring(0, sample.length() - 1) + ",\"nonesuch\":1}"));
        steps.add(post(sample.substring(0, sample.length() - 1) + ",\"id\":7}"));
        steps.add(get(""));
        return steps;
    }

    private List<Step> unknown() {
        List<Step> steps = new ArrayList<>();
        for (String rest :
                List.of(
                        "/1",
                        "/0",
                        "/-1",
                        "/x",
                        "/1.0",
                        "/",
                        "/999999999999999",
                        "/1" + "0".repeat(20))) {
            steps.add(get(rest));
            steps.add(remove(rest));
            steps.add(put(rest, sample(0)));
        }
        return steps;
    }

    private List<Step> others() {
        return List.of(
                new Request("GET", "/", ""),
                new Request("GET", "/nonesuch", ""),
                new Request("GET", all + "/1/more", ""),
                new Request("GET", all + "x", ""),
                new Request("DELETE", all, ""),
                new Request("PUT", all, sample(0)),
                new Request("POST", all + "/1", sample(0)),
                new Oversized("POST", all));
    }
}
