package dev.soma.cli;

import dev.soma.devkit.Home;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A whole project, from a specification to a program that works.
final class DemoProject {
    private final Home home;
    private final Connection connection;
    private final Stage stage;

    DemoProject(Home home, Connection connection, Stage stage) {
        this.home = home;
        this.connection = connection;
        this.stage = stage;
    }

    void show() throws IOException, InterruptedException {
        stage.title("A project: from a specification to a tested program");
        byte[] spec = specification();
        stage.sent("examples/calculator.yaml");
        ProjectRun run = new ProjectRun(connection.app(), stage::received);
        String project = run.submit(spec);
        String verdict = run.follow(project);
        stage.hold(
                verdict.equals("SUCCEEDED"),
                "the work passed the gate: every check from the outside, and its own tests");
        Path folder = home.path().resolve("projects").resolve(project);
        run.write(project, folder);
        stage.hold(
                ReportCheck.of(folder).isEmpty(),
                "the report's chain holds, and every file is the one it names");
        stage.hold(
                runs(folder, "-m", "unittest", "test_calculator").endsWith("OK"),
                "the delivered tests pass here too");
        String answer = runs(folder, "calculator.py", "(2 ** 10 - 1) / 3");
        stage.sent("python3 calculator.py \"(2 ** 10 - 1) / 3\"");
        stage.received(answer);
        stage.hold(answer.equals("341"), "the delivered program calculates");
    }

    private static byte[] specification() throws IOException {
        try (InputStream in = DemoProject.class.getResourceAsStream("/examples/calculator.yaml")) {
            if (in == null) {
                throw new CommandException("the example is missing from this build");
            }
            return in.readAllBytes();
        }
    }

    private static String runs(Path folder, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("python3", "-B"));
        command.addAll(List.of(arguments));
        Path log = Files.createTempFile("soma-demo", ".log");
        try {
            Process process =
                    new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile())
                            .start();
            process.waitFor();
            return Files.readString(log, StandardCharsets.UTF_8).strip();
        } finally {
            Files.deleteIfExists(log);
        }
    }
}
