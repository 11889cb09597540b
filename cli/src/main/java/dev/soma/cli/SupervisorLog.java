package dev.soma.cli;

import java.time.Instant;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// One JSON object a line on stdout, which `up` directs into logs/supervisor.log.
final class SupervisorLog {
    private static final JsonMapper JSON = JsonMapper.shared();

    void progress(String line) {
        note(line, Map.of());
    }

    synchronized void note(String message, Map<String, ?> fields) {
        ObjectNode line = JSON.createObjectNode();
        line.put("ts", Instant.now().toString());
        line.put("level", "info");
        line.put("logger", "supervisor");
        line.put("msg", message);
        fields.forEach((key, value) -> line.set(key, JSON.valueToTree(value)));
        System.out.println(JSON.writeValueAsString(line));
        System.out.flush();
    }
}
