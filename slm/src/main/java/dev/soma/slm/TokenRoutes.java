package dev.soma.slm;

import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `POST /v1/tokenize`: the model's own token ids of a text.
final class TokenRoutes {
    private final Engine engine;
    private final NativeThread texts;

    TokenRoutes(Engine engine, NativeThread texts) {
        this.engine = engine;
        this.texts = texts;
    }

    void tokenize(Call call) {
        Fields fields = new Fields(call.json(), "");
        fields.refuseOthers(Set.of("content", "add_special"));
        String content =
                fields.text("content", Integer.MAX_VALUE)
                        .orElseThrow(() -> fields.missing("content"));
        boolean special = fields.bool("add_special").orElse(false);
        texts.run(
                call,
                () -> {
                    int[] tokens = special ? engine.encode(content) : engine.encodeBare(content);
                    ArrayNode ids = Json.array();
                    for (int token : tokens) {
                        ids.add(token);
                    }
                    ObjectNode answer = Json.object();
                    answer.set("tokens", ids);
                    answer.put("count", tokens.length);
                    return () -> call.answer(200, answer);
                });
    }
}
