package dev.soma.cli;

import dev.soma.devkit.Home;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `soma api`.
@Command(
        name = "api",
        mixinStandardHelpOptions = true,
        description = "Asks the running platform as its administrator, and prints the answer.",
        footer = {
            "",
            "Examples:",
            "  ./soma api GET /v1/governance/status",
            "  ./soma api POST /v1/tokens/rotate --field kid",
            "  ./soma api POST /v1/killswitch --body @order.json"
        })
final class ApiCommand implements Callable<Integer> {
    private static final long MAX_BODY_BYTES = 8L << 20;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", paramLabel = "METHOD", description = "GET, POST, PUT or DELETE.")
    private String method = "";

    @Parameters(index = "1", paramLabel = "PATH", description = "Such as /v1/constitution.")
    private String path = "";

    @Option(
            names = {"-d", "--body"},
            paramLabel = "JSON",
            description = "What is sent: JSON, @FILE, or - for standard input (default: {}).")
    private String body = "{}";

    @Option(
            names = "--field",
            paramLabel = "NAME",
            description =
                    "Prints this member of the answer alone; a.0.b goes into objects and lists.")
    private @Nullable String field;

    @Option(names = "--key", description = "Asks with this credential instead.")
    private @Nullable String key;

    @Option(names = "--app", description = "Asks as the user of the tenant that `up` made.")
    private boolean app;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!path.startsWith("/")) {
            throw new ParameterException(spec.commandLine(), "PATH begins with /");
        }
        Connection connection = Connection.read(Home.find());
        String credential = app ? connection.apiKey() : connection.adminToken();
        PlatformClient client =
                new PlatformClient(connection.gateway(), key == null ? credential : key);
        PlatformClient.Answer answer =
                switch (method.toUpperCase(Locale.ROOT)) {
                    case "GET" -> client.get(path);
                    case "DELETE" -> client.delete(path);
                    case "POST" -> client.post(path, sent());
                    case "PUT" -> client.put(path, sent());
                    default ->
                            throw new ParameterException(
                                    spec.commandLine(), "METHOD is GET, POST, PUT or DELETE");
                };
        if (!answer.ok()) {
            throw new CommandException(
                    "the platform answered %d %s".formatted(answer.status(), answer.body()));
        }
        System.out.println(printed(answer.body()));
        return 0;
    }

    private JsonNode sent() throws IOException {
        byte[] bytes;
        if (body.equals("-")) {
            bytes = System.in.readNBytes((int) MAX_BODY_BYTES);
        } else if (body.startsWith("@")) {
            Path file = Path.of(body.substring(1));
            if (!Files.exists(file) || Files.size(file) > MAX_BODY_BYTES) {
                throw new CommandException("there is no such file, or it is too large: " + file);
            }
            bytes = Files.readAllBytes(file);
        } else {
            bytes = body.getBytes(StandardCharsets.UTF_8);
        }
        try {
            return JsonMapper.shared().readTree(bytes);
        } catch (JacksonException e) {
            throw new ParameterException(
                    spec.commandLine(), "--body is not JSON: " + e.getOriginalMessage());
        }
    }

    private String printed(String text) {
        JsonNode node;
        try {
            node = JsonMapper.shared().readTree(text);
        } catch (JacksonException e) {
            return text;
        }
        if (field == null) {
            return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(node);
        }
        for (String step : field.split("\\.")) {
            node =
                    node.isArray() && step.matches("\\d{1,6}")
                            ? node.path(Integer.parseInt(step))
                            : node.path(step);
        }
        if (node.isMissingNode()) {
            throw new CommandException("the answer has no '%s': %s".formatted(field, text));
        }
        return node.isValueNode() ? node.asString() : node.toString();
    }
}
