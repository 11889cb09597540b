package dev.soma.slm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The law: every schema that passes the subset is converted without ending the process, and every
/// answer that ended its own turn keeps it. `-Dsoma.slm.schemas=N` draws more schemas.
class RandomSchemaTests {
    private static final int COUNT = Integer.getInteger("soma.slm.schemas", 12);
    private static final long SEED = Long.getLong("soma.slm.seed", 20261125L);
    private static final List<String> NAMES =
            List.of(
                    "a", "b c", "d'e", "f)g|[h]", "/h", "ref$", "ü", "日本", "x-y_z", "{}", "😀",
                    "b-c");

    private final SlmProcess server = SlmProcess.shared();
    private final Random random = new Random(SEED);

    @Test
    void everySchemaOfTheSubsetBindsItsAnswer() {
        for (int i = 0; i < COUNT; i++) {
            ObjectNode schema = schema(0);
            String text = Json.write(schema);
            ObjectNode body = Bodies.withSchema(Bodies.chat("Answer.", 48), text);

            JsonNode answer;
            try {
                answer = server.ok("/v1/chat/completions", Json.write(body));
            } catch (IllegalStateException | AssertionError e) {
                throw new AssertionError(
                        "seed %d, schema %d: %s got no answer".formatted(SEED, i, text), e);
            }

            String content = answer.at("/choices/0/message/content").stringValue();
            if (answer.at("/choices/0/finish_reason").stringValue().equals("stop")) {
                assertThat(SchemaGrammar.of(schema, "").accepts(content))
                        .as("seed %d, schema %d: %s gave %s", SEED, i, text, content)
                        .isTrue();
            }
        }
    }

    private ObjectNode schema(int depth) {
        return switch (random.nextInt(depth < 3 ? 9 : 6)) {
            case 0 -> ranged("string", "minLength", "maxLength", 0, 12);
            case 1 -> ranged("integer", "minimum", "maximum", -2000, 2000);
            case 2 -> type(List.of("number", "boolean", "null").get(random.nextInt(3)));
            case 3 -> Json.object().set("const", value());
            case 4 -> Json.object().set("enum", Json.array().add(value()).add(value()));
            case 5 -> Json.object().set("type", Json.array().add("boolean").add("null"));
            case 6 -> {
                ObjectNode array = ranged("array", "minItems", "maxItems", 0, 4);
                array.set("items", schema(depth + 1));
                yield array;
            }
            case 7 ->
                    Json.object()
                            .set(
                                    "anyOf",
                                    Json.array().add(schema(depth + 1)).add(schema(depth + 1)));
            default -> object(depth);
        };
    }

    private ObjectNode object(int depth) {
        ObjectNode properties = Json.object();
        ArrayNode required = Json.array();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            String name = NAMES.get(random.nextInt(NAMES.size()));
            if (!properties.has(name) && random.nextBoolean()) {
                required.add(name);
            }
            properties.set(name, schema(depth + 1));
        }
        ObjectNode object = type("object");
        object.set("properties", properties);
        return object.set("required", required);
    }

    private ObjectNode ranged(String type, String low, String high, int least, int most) {
        int from = least + random.nextInt(most - least + 1);
        int to = from + random.nextInt(most - from + 1);
        ObjectNode schema = type(type);
        if (random.nextBoolean()) {
            schema.put(low, from);
        }
        return random.nextBoolean() ? schema.put(high, to) : schema;
    }

    private static ObjectNode type(String name) {
        return Json.object().put("type", name);
    }

    private JsonNode value() {
        String name = NAMES.get(random.nextInt(NAMES.size()));
        return switch (random.nextInt(5)) {
            case 0 -> Json.read(Integer.toString(random.nextInt()));
            case 1 -> Json.read("true");
            case 2 -> Json.read("null");
            case 3 -> Json.object().set(name, Json.array().add(name));
            default -> Json.array().add(name).get(0);
        };
    }
}
