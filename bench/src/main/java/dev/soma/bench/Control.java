package dev.soma.bench;

import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// The routes of the scripted provider beside the completions: health, models, and what it
/// recorded.
final class Control {
    private static final int MOST_LISTED = 1000;
    private static final String TRUTH = "/control/truth/";

    private final RequestLog log;
    private final JsonMapper json;

    Control(RequestLog log, JsonMapper json) {
        this.log = log;
        this.json = json;
    }

    /// @param next pass it as `since` to read on
    /// @param forgotten requests up to this number are no longer kept
    record Page(long next, long forgotten, List<RecordedRequest> requests) {}

    record Model(String id, String object, long created, String ownedBy) {}

    record Models(String object, List<Model> data) {}

    Buffer answer(HttpRequest request) {
        if (!request.method().equals("GET")) {
            return missing("no such route; try POST /v1/chat/completions");
        }
        String path = request.path();
        if (path.startsWith(TRUTH)) {
            String id = path.substring(TRUTH.length());
            return log.find(id)
                    .map(found -> ok(found.truth()))
                    .orElseGet(() -> missing("no request with this id is kept"));
        }
        return switch (path) {
            case "/health" -> ok(Map.of("status", "ok"));
            case "/v1/models" ->
                    ok(
                            new Models(
                                    "list",
                                    List.of(
                                            new Model(
                                                    "scripted", "model", 1_764_000_000, "soma"))));
            case "/control/counters" -> ok(log.counters());
            case "/control/requests" -> requests(request.query());
            default -> missing("no such route; try POST /v1/chat/completions");
        };
    }

    private Buffer requests(String query) {
        long since = 0;
        if (!query.isEmpty()) {
            try {
                since = Long.parseLong(query.startsWith("since=") ? query.substring(6) : query);
            } catch (NumberFormatException e) {
                byte[] body = Wire.error("invalid_request_error", "query", "use ?since=NUMBER");
                return Wire.response(400, Wire.JSON, Map.of(), body);
            }
        }
        List<RecordedRequest> found = log.since(since, MOST_LISTED);
        long next = found.isEmpty() ? since : found.getLast().sequence();
        return ok(new Page(next, log.forgotten(), found));
    }

    private Buffer ok(Object value) {
        return Wire.response(200, Wire.JSON, Map.of(), json.writeValueAsBytes(value));
    }

    private static Buffer missing(String reason) {
        return Wire.response(
                404, Wire.JSON, Map.of(), Wire.error("invalid_request_error", "not_found", reason));
    }
}
