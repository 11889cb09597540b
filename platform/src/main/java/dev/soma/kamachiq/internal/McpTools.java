package dev.soma.kamachiq.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.springframework.http.ResponseEntity;

/// What is offered to other agents: what the routes do, with the same rights and the same answers.
class McpTools {
    private static final String PROJECT = "project";
    private static final String SPECIFICATION = "specification";

    private final List<Offer> offers;

    McpTools(ProjectRoutes projects, SteeringRoutes steering, ReachRoutes reach) {
        this.offers =
                List.of(
                        new Offer(
                                "project_plan",
                                "Shows which tasks a project specification would be cut into and what of it nobody here can make. Starts nothing and costs nothing.",
                                Map.of(SPECIFICATION, "the specification, YAML or JSON"),
                                true,
                                (actor, given) -> reach.reach(actor, bytes(given, SPECIFICATION))),
                        new Offer(
                                "project_submit",
                                "Starts a project: programs are written, tested and reviewed within its budget. The same specification again is the same project.",
                                Map.of(SPECIFICATION, "the specification, YAML or JSON"),
                                false,
                                (actor, given) ->
                                        projects.submit(actor, bytes(given, SPECIFICATION))),
                        new Offer(
                                "project_status",
                                "Tells where a project stands, what it waits for, and its verdict and files once it has ended.",
                                Map.of(PROJECT, "id of the project"),
                                true,
                                (actor, given) ->
                                        projects.find(
                                                actor, text(given, PROJECT), Optional.empty())),
                        new Offer(
                                "project_report",
                                "Returns the report of a project that has ended, with all that happened in it.",
                                Map.of(PROJECT, "id of the project"),
                                true,
                                (actor, given) ->
                                        projects.report(
                                                actor, text(given, PROJECT), Optional.empty())),
                        new Offer(
                                "project_file",
                                "Returns a file that a project delivered.",
                                Map.of(PROJECT, "id of the project", "path", "path of the file"),
                                true,
                                (actor, given) ->
                                        projects.file(
                                                actor,
                                                text(given, PROJECT),
                                                "/" + text(given, "path"),
                                                Optional.empty())),
                        new Offer(
                                "project_cancel",
                                "Stops a project; what is there is reported.",
                                Map.of(PROJECT, "id of the project"),
                                false,
                                (actor, given) ->
                                        steering.cancel(
                                                actor, text(given, PROJECT), Optional.empty())));
    }

    /// A tool.
    ///
    /// @param parameters what each one is, by name; all are texts and needed
    /// @param reads whether it changes nothing
    record Offer(
            String name,
            String description,
            Map<String, String> parameters,
            boolean reads,
            BiFunction<ActorContext, JsonObject, ResponseEntity<byte[]>> act) {
        /// Its parameters as JSON Schema.
        JsonObject schema() {
            var properties = JsonValue.object();
            parameters.keySet().stream()
                    .sorted()
                    .forEach(
                            name ->
                                    properties.put(
                                            name,
                                            JsonValue.object()
                                                    .put("type", "string")
                                                    .put(
                                                            "description",
                                                            parameters.getOrDefault(name, ""))
                                                    .build()));
            return JsonValue.object()
                    .put("type", "object")
                    .put("properties", properties.build())
                    .put(
                            "required",
                            JsonValue.texts(parameters.keySet().stream().sorted().toList()))
                    .put("additionalProperties", JsonValue.of(false))
                    .build();
        }
    }

    List<Offer> offers() {
        return offers;
    }

    private static String text(JsonObject given, String name) {
        return given.text(name).orElse("");
    }

    private static byte[] bytes(JsonObject given, String name) {
        return text(given, name).getBytes(StandardCharsets.UTF_8);
    }
}
