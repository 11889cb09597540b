package dev.soma.devkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuardTests {
    @TempDir private Path folder = Path.of("");

    @Test
    void passesTheExitStatusOn() throws Exception {
        Process guard = guard("TERM", "exit 7");
        assertThat(guard.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(guard.exitValue()).isEqualTo(7);
    }

    @Test
    void endsTheWholeTreeWhenItsPipeCloses() throws Exception {
        Process guard = guard("TERM", "sleep 600 & sh -c 'sleep 601 & wait' & wait");
        long engine = enginePid();
        await().atMost(Duration.ofSeconds(10)).until(() -> descendants(engine).size() == 3);
        List<Long> family = descendants(engine);

        guard.getOutputStream().close();

        assertThat(guard.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(family).noneMatch(Processes::alive);
        assertThat(Processes.alive(engine)).isFalse();
    }

    @Test
    void usesForceAgainstAnEngineThatIgnoresItsSignal() throws Exception {
        Process guard =
                guard(
                        "TERM",
                        "trap '' TERM; echo ready > "
                                + folder.resolve("trapped")
                                + "; while :; do sleep 1; done");
        long engine = enginePid();
        await().atMost(Duration.ofSeconds(10)).until(() -> Files.exists(folder.resolve("trapped")));

        try (OutputStream pipe = guard.getOutputStream()) {
            pipe.write("stop 1\n".getBytes(StandardCharsets.UTF_8));
        }

        assertThat(guard.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(guard.exitValue()).isEqualTo(128 + 9);
        assertThat(Processes.alive(engine)).isFalse();
    }

    @Test
    void sendsTheEnginesOwnSignal() throws Exception {
        Process guard =
                guard(
                        "INT",
                        "trap 'exit 5' INT; echo ready > "
                                + folder.resolve("trapped")
                                + "; while :; do sleep 0.05; done");
        await().atMost(Duration.ofSeconds(10)).until(() -> Files.exists(folder.resolve("trapped")));

        guard.getOutputStream().close();

        assertThat(guard.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(guard.exitValue()).isEqualTo(5);
    }

    private Process guard(String signal, String script) throws IOException {
        Path guard = folder.resolve("guard.sh");
        try (InputStream source =
                Objects.requireNonNull(GuardTests.class.getResourceAsStream("guard.sh"))) {
            Files.write(guard, source.readAllBytes());
        }
        return new ProcessBuilder(
                        "sh",
                        guard.toString(),
                        folder.resolve("pid").toString(),
                        signal,
                        "sh",
                        "-c",
                        script)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
    }

    private long enginePid() throws IOException {
        await().atMost(Duration.ofSeconds(10)).until(() -> Files.exists(folder.resolve("pid")));
        return Long.parseLong(Files.readString(folder.resolve("pid")).strip());
    }

    private static List<Long> descendants(long pid) {
        return ProcessHandle.of(pid)
                .map(process -> process.descendants().map(ProcessHandle::pid).toList())
                .orElse(List.of());
    }
}
