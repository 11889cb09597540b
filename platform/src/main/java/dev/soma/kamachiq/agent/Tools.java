package dev.soma.kamachiq.agent;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import java.nio.charset.StandardCharsets;

/// The tools that agents are offered, as models are told of them.
public final class Tools {
    static final String WRITE = "write_file";
    static final String READ = "read_file";
    static final String RUN = "run_program";
    static final String TEST = "run_tests";
    static final String FINISH = "finish";

    private static final String OFFERED =
            """
            {"tools": [
              {"type": "function", "function": {"name": "write_file",
                "description": "Write a whole file; what it held before is gone.",
                "parameters": {"type": "object", "required": ["path", "content"],
                  "properties": {"path": {"type": "string"}, "content": {"type": "string"}}}}},
              {"type": "function", "function": {"name": "read_file",
                "description": "Read a file.",
                "parameters": {"type": "object", "required": ["path"],
                  "properties": {"path": {"type": "string"}}}}},
              {"type": "function", "function": {"name": "run_program",
                "description": "Run the program with these arguments and see what it prints.",
                "parameters": {"type": "object", "required": ["arguments"],
                  "properties": {"arguments": {"type": "array", "items": {"type": "string"}}}}}},
              {"type": "function", "function": {"name": "run_tests",
                "description": "Run the unit tests and see what they print.",
                "parameters": {"type": "object", "properties": {}}}},
              {"type": "function", "function": {"name": "finish",
                "description": "Say that the work is done; a review follows.",
                "parameters": {"type": "object", "properties": {}}}}
            ]}
            """;

    private Tools() {}

    /// Definitions in the form of OpenAI's dialect.
    public static JsonValue definitions() {
        try {
            return StrictJson.parseObject(OFFERED.getBytes(StandardCharsets.UTF_8))
                    .get("tools")
                    .orElseThrow();
        } catch (MalformedJson e) {
            throw new IllegalStateException("the tools are no JSON", e);
        }
    }
}
