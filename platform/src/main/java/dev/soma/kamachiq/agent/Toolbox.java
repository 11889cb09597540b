package dev.soma.kamachiq.agent;

import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.kamachiq.gate.PythonReview;
import dev.soma.kamachiq.sandbox.Captured;
import dev.soma.kamachiq.sandbox.Limits;
import dev.soma.kamachiq.sandbox.Sandbox;
import dev.soma.kamachiq.sandbox.Sandbox.Job;
import dev.soma.kamachiq.sandbox.Sandbox.Result.Ran;
import dev.soma.kamachiq.sandbox.Sandbox.Result.Unavailable;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Does what an agent asks of a tool, in a copy of its files. What is wrong with a call is told to
/// the agent, never thrown. One for each call.
public final class Toolbox {
    private static final int MAX_FILE = 200_000;
    private static final int SHOWN = 4_000;
    private static final int MAX_ARGUMENTS = 64;

    private final Sandbox sandbox;
    private final Path workspace;
    private final Target target;

    /// @param workspace a copy of the files that nobody else uses
    public Toolbox(Sandbox sandbox, Path workspace, Target target) {
        this.sandbox = sandbox;
        this.workspace = workspace;
        this.target = target;
    }

    /// What an agent works on.
    ///
    /// @param outputs paths of the files that may be written
    /// @param program path of the program
    /// @param folder of its tests, with a slash at its end; empty for the workspace itself
    public record Target(List<String> outputs, String program, String folder) {
        public Target {
            outputs = List.copyOf(outputs);
        }
    }

    /// What a call did.
    ///
    /// @param answer for the model
    /// @param written the agent's file as it is now, when it was written
    /// @param finished whether the agent says that it is done
    public record Used(String answer, Optional<Written> written, boolean finished) {
        /// Nothing was done.
        public static Used refused(String why) {
            return new Used(why, Optional.empty(), false);
        }
    }

    /// A file that was written.
    public record Written(String path, byte[] content) {}

    /// @throws IOException when the host's disk fails
    /// @throws SandboxUnavailable when nothing can be run here
    public Used use(ToolCall call) throws IOException, InterruptedException, SandboxUnavailable {
        JsonObject arguments;
        try {
            arguments = StrictJson.parseObject(call.arguments().getBytes(StandardCharsets.UTF_8));
        } catch (MalformedJson e) {
            return told("the arguments are no JSON object");
        }
        return switch (call.name()) {
            case Tools.WRITE -> write(arguments);
            case Tools.READ -> read(arguments.text("path").orElse(""));
            case Tools.RUN -> run(arguments);
            case Tools.TEST ->
                    run(
                            List.of(
                                    PythonReview.PYTHON,
                                    "-I",
                                    "-B",
                                    "-m",
                                    "unittest",
                                    "discover",
                                    "-s",
                                    "/w/" + target.folder()));
            case Tools.FINISH -> new Used("a review follows", Optional.empty(), true);
            default -> told("there is no tool '%s'".formatted(call.name()));
        };
    }

    /// The sandbox could not confine the work, so nothing ran.
    public static final class SandboxUnavailable extends Exception {
        private static final long serialVersionUID = 1;

        SandboxUnavailable(String reason) {
            super(reason);
        }
    }

    private static Used told(String answer) {
        return new Used(answer, Optional.empty(), false);
    }

    private Used write(JsonObject arguments) {
        String path = arguments.text("path").orElse("");
        if (!target.outputs().contains(path)) {
            return told(
                    "you may write %s and nothing else"
                            .formatted(String.join(", ", target.outputs())));
        }
        byte[] content = arguments.text("content").orElse("").getBytes(StandardCharsets.UTF_8);
        if (content.length > MAX_FILE) {
            return told("a file holds at most %d bytes".formatted(MAX_FILE));
        }
        return new Used(
                "wrote %d bytes".formatted(content.length),
                Optional.of(new Written(path, content)),
                false);
    }

    private Used read(String path) throws IOException {
        Path file = workspace.resolve(path).normalize();
        return file.startsWith(workspace) && Files.isRegularFile(file)
                ? told(shown(Files.readAllBytes(file)))
                : told("there is no such file");
    }

    private Used run(JsonObject arguments)
            throws IOException, InterruptedException, SandboxUnavailable {
        if (!Files.exists(workspace.resolve(target.program()))) {
            return told("there is no %s yet".formatted(target.program()));
        }
        List<String> command =
                new ArrayList<>(List.of(PythonReview.PYTHON, "-I", "-B", target.program()));
        List<String> given = arguments.texts("arguments");
        if (given.size() > MAX_ARGUMENTS
                || given.stream().anyMatch(part -> part.indexOf('\0') >= 0)) {
            return told("up to %d arguments without NUL".formatted(MAX_ARGUMENTS));
        }
        command.addAll(given);
        return run(command);
    }

    private Used run(List<String> command) throws InterruptedException, SandboxUnavailable {
        Limits limits = Limits.DEFAULT.within(Duration.ofSeconds(20));
        return switch (sandbox.run(new Job(command, new byte[0], workspace, limits))) {
            case Unavailable(String reason) -> throw new SandboxUnavailable(reason);
            case Ran ran ->
                    told(
                            "ended: %s\nstandard output:\n%s\nstandard error:\n%s"
                                    .formatted(
                                            ran.end(), shown(ran.output()), shown(ran.errors())));
        };
    }

    private static String shown(Captured captured) {
        return shown(captured.kept());
    }

    private static String shown(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        return text.length() > SHOWN ? text.substring(0, SHOWN) + "\n(cut)" : text;
    }
}
