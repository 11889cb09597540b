package dev.soma.harness;

import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Reads a stream of server-sent events as a browser does.
public final class Sse {
    /// @param name empty when the event has none
    public record Event(String id, String name, String data) {
        public JsonObject json() {
            try {
                return StrictJson.parseObject(data.getBytes(StandardCharsets.UTF_8));
            } catch (Exception e) {
                throw new AssertionError("an event's data is not JSON: " + data, e);
            }
        }
    }

    private Sse() {}

    public static List<Event> read(String stream) {
        List<Event> events = new ArrayList<>();
        for (String block : stream.split("\n\n")) {
            String id = "";
            String name = "";
            StringBuilder data = new StringBuilder();
            for (String line : block.split("\n")) {
                String value = line.replaceFirst("^[a-z]*: ?", "");
                if (line.startsWith("id:")) {
                    id = value;
                } else if (line.startsWith("event:")) {
                    name = value;
                } else if (line.startsWith("data:")) {
                    data.append(value);
                }
            }
            if (!data.isEmpty()) {
                events.add(new Event(id, name, data.toString()));
            }
        }
        return events;
    }

    /// The text of an OpenAI stream.
    public static String openAiText(List<Event> events) {
        StringBuilder text = new StringBuilder();
        for (Event event : events) {
            if (event.data().startsWith("{")) {
                for (JsonValue choice : event.json().items("choices")) {
                    if (choice instanceof JsonObject object) {
                        object.object("delta")
                                .flatMap(delta -> delta.text("content"))
                                .ifPresent(text::append);
                    }
                }
            }
        }
        return text.toString();
    }
}
