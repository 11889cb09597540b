package dev.soma.acceptance;

import static dev.soma.acceptance.SharedPlatform.address;
import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.bench.ScriptedProvider;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The official SDKs of OpenAI and Anthropic for Node, Vercel's AI SDK and two parsers of event
/// streams by the book, with nothing changed but base URL and key.
class NodeSdkAcceptanceTests {
    private final SharedPlatform shared = SharedPlatform.get();

    @ParameterizedTest
    @ValueSource(strings = {"scripted", "slm"})
    void nodeTalksToTheGatewayInEveryDialect(String provider) throws IOException {
        ObjectNode cases = JsonMapper.shared().createObjectNode();
        cases.put("tools", address(SharedPlatform.TOOLS));
        cases.put("broken", address(SharedPlatform.BROKEN_FOR_NODE));
        cases.put("cut", address(SharedPlatform.CUT_FOR_NODE));
        cases.put("slow", address(SharedPlatform.SLOW));
        cases.put("short", address(SharedPlatform.SCRIPTED));
        cases.put("many", address(SharedPlatform.MANY));
        String model =
                provider.equals("slm") ? shared.slmModel() : address(SharedPlatform.SCRIPTED);
        JsonNode results =
                NodeSdk.prepared()
                        .drive(
                                shared.platform().gateway(),
                                shared.key(),
                                model,
                                shared.embedder(),
                                cases);
        System.out.println("node sdks: " + results);
        assertThat(results.path("openai_models").toString()).contains(shared.slmModel());
        texts(results, provider.equals("scripted"));
        for (String tools : List.of("openai_tools", "anthropic_tools")) {
            assertThat(results.at("/" + tools + "/name").asString("")).isEqualTo("look_up");
            assertThat(results.at("/" + tools + "/arguments").toString()).contains("ember");
        }
        JsonNode vectors = results.path("openai_embeddings");
        assertThat(vectors.path("dimensions").asInt()).as(vectors.toString()).isEqualTo(384);
        assertThat(vectors.path("same").asBoolean()).isTrue();
        assertThat(results.at("/ai_embed/dimensions").asInt()).isEqualTo(384);
        errors(results);
        streams(results);
    }

    private static void texts(JsonNode results, boolean scripted) {
        String said = ScriptedProvider.textOf(SharedPlatform.SCRIPTED);
        for (String one :
                List.of(
                        "openai_chat",
                        "openai_stream",
                        "openai_responses",
                        "openai_responses_stream",
                        "anthropic_message",
                        "anthropic_stream",
                        "ai_chat",
                        "ai_responses",
                        "ai_messages")) {
            JsonNode result = results.path(one);
            assertThat(result.path("text").asString("")).as("%s: %s", one, result).isNotBlank();
            if (result.has("whole")) {
                assertThat(result.path("whole")).as(one).isEqualTo(result.path("text"));
            }
            if (scripted) {
                assertThat(result.path("text").asString("")).as(one).isEqualTo(said);
                if (result.has("streamed")) {
                    assertThat(result.path("streamed").asString("")).as(one).isEqualTo(said);
                }
            }
        }
    }

    private static void errors(JsonNode results) {
        raised(results, "openai_refused", "PermissionDeniedError", 403);
        raised(results, "openai_unknown", "NotFoundError", 404);
        raised(results, "openai_broken", "InternalServerError", 502);
        raised(results, "anthropic_refused", "PermissionDeniedError", 403);
        assertThat(results.at("/openai_cut/error").asString("")).isEqualTo("APIError");
    }

    private static void raised(JsonNode results, String name, String error, int status) {
        JsonNode result = results.path(name);
        assertThat(result.path("error").asString("")).as(result.toString()).isEqualTo(error);
        assertThat(result.path("status").asInt()).as(result.toString()).isEqualTo(status);
    }

    private static void streams(JsonNode results) {
        JsonNode again = results.path("ai_reconnect");
        assertThat(again.path("text").asString(""))
                .as(again.toString())
                .isEqualTo(ScriptedProvider.textOf(SharedPlatform.SLOW));
        assertThat(again.path("decision").asBoolean()).isTrue();
        assertThat(again.path("idle").isNull()).as("nothing runs any more").isTrue();
        JsonNode splits = results.path("parser_splits");
        assertThat(splits.path("splits").asInt()).as(splits.toString()).isGreaterThan(4_000);
        JsonNode source = results.path("event_source");
        assertThat(source.path("same").asBoolean()).as(source.toString()).isTrue();
        assertThat(source.path("connections").asInt()).isGreaterThan(3);
    }
}
