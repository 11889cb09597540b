package dev.soma.slm;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Request bodies and the reading of event streams.
final class Bodies {
    private Bodies() {}

    /// Greedy and seeded, so that the same body gives the same answer.
    static ObjectNode chat(String user, int maxTokens) {
        ObjectNode body = Json.object();
        body.set(
                "messages",
                Json.array()
                        .add(message("system", "Answer in one short English sentence."))
                        .add(message("user", user)));
        body.put("temperature", 0).put("seed", 1).put("max_tokens", maxTokens);
        return body;
    }

    static ObjectNode message(String role, String content) {
        return Json.object().put("role", role).put("content", content);
    }

    static ObjectNode withSchema(ObjectNode body, String schema) {
        ObjectNode named = Json.object().put("name", "answer");
        named.set("schema", Json.read(schema));
        ObjectNode format = Json.object().put("type", "json_schema");
        format.set("json_schema", named);
        return body.set("response_format", format);
    }

    static List<String> events(String stream) {
        return stream.lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> line.substring(6))
                .toList();
    }

    static List<JsonNode> chunks(String stream) {
        return events(stream).stream()
                .filter(data -> !data.equals("[DONE]"))
                .map(Json::read)
                .toList();
    }

    static String text(List<JsonNode> chunks) {
        StringBuilder text = new StringBuilder();
        for (JsonNode chunk : chunks) {
            text.append(chunk.path("choices").path(0).path("delta").path("content").asString(""));
        }
        return text.toString();
    }
}
