package dev.soma.slm;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class SchemaBoundTests {
    private static final String ROUTE =
            """
            {"type":"object","additionalProperties":false,"required":["route","priority","tags"],
             "properties":{
               "route":{"type":"string","enum":["billing","support","sales"]},
               "priority":{"type":"integer","minimum":1,"maximum":5},
               "urgent":{"type":["boolean","null"]},
               "note":{"anyOf":[{"type":"null"},{"type":"string","maxLength":12}]},
               "tags":{"type":"array","items":{"const":"ok"},"maxItems":2}}}
            """;

    private final SlmProcess server = SlmProcess.shared();

    @Test
    void anAnswerKeepsItsSchema() {
        ObjectNode body = Bodies.withSchema(Bodies.chat("I want my money back!", 160), ROUTE);

        for (int seed = 1; seed <= 3; seed++) {
            body.put("temperature", 0.8).put("seed", seed);
            JsonNode answer = server.ok("/v1/chat/completions", Json.write(body));
            String text = answer.at("/choices/0/message/content").stringValue();

            assertThat(answer.at("/choices/0/finish_reason").stringValue()).isEqualTo("stop");
            assertThat(SchemaGrammar.of((ObjectNode) Json.read(ROUTE), "").accepts(text))
                    .as(text)
                    .isTrue();
        }
    }

    @Test
    void jsonObjectIsAnObject() {
        ObjectNode body = Bodies.chat("Give {\"a\":1} back.", 60);
        body.set("response_format", Json.object().put("type", "json_object"));

        JsonNode answer = server.ok("/v1/chat/completions", Json.write(body));

        String text = answer.at("/choices/0/message/content").stringValue();
        if (answer.at("/choices/0/finish_reason").stringValue().equals("stop")) {
            assertThat(Json.read(text).isObject()).isTrue();
        } else {
            assertThat(text.strip()).startsWith("{");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"$ref\":\"#/$defs/x\"} | /$ref",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"http://x/y\"}}} | /properties/a/$ref",
                "{\"const\":{\"a\":{\"$ref\":[1]}}} | /const/a/$ref",
                "{\"type\":\"object\",\"properties\":{\"$ref\":{\"type\":\"null\"}}} | /properties/$ref",
                "{\"enum\":[\"a\\\\b\"]} | /enum",
                "{\"const\":\"a\\nb\"} | /const",
                "{\"type\":\"object\",\"properties\":{\"a\\\"b\":{\"type\":\"null\"}}} | /properties/a\"b",
                "{\"type\":\"thing\"} | /type",
                "{\"type\":[]} | /type",
                "{\"type\":\"string\",\"pattern\":\"(\"} | /pattern",
                "{\"type\":\"string\",\"format\":\"date\"} | /format",
                "{\"type\":\"number\",\"minimum\":1} | /minimum",
                "{\"type\":\"integer\",\"minimum\":9,\"maximum\":1} | /maximum",
                "{\"type\":\"string\",\"maxLength\":100000} | /maxLength",
                "{\"type\":\"array\"} | ``",
                "{\"enum\":[]} | /enum",
                "{\"type\":\"string\",\"enum\":[1]} | /enum",
                "{\"anyOf\":[]} | /anyOf",
                "{\"anyOf\":[{\"type\":\"null\"}],\"type\":\"null\"} | /type",
                "{\"oneOf\":[{\"type\":\"null\"}]} | /oneOf",
                "{\"type\":\"object\",\"properties\":{\"a/b\":{\"type\":\"x\"}}} | /properties/a~1b/type",
                "{\"type\":\"object\",\"properties\":{\"a\":true}} | /properties/a",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"null\"}},\"required\":[\"b\"]} | /required",
            })
    void aSchemaOutsideTheSubsetIsRefusedWithItsPointer(String schema, String pointer) {
        HttpResponse<String> response =
                server.chat(Bodies.withSchema(Bodies.chat("Hi.", 4), schema));

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Json.read(response.body()).at("/error/code").stringValue())
                .isEqualTo("invalid_schema");
        assertThat(Json.read(response.body()).at("/error/param").stringValue())
                .isEqualTo("/response_format/json_schema/schema" + pointer);
    }
}
