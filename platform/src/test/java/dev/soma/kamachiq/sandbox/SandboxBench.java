package dev.soma.kamachiq.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.devkit.Fetches;
import dev.soma.devkit.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/// Not part of the test run, since figures are not assertions: `./soma test SandboxBench` prints
/// what a command costs that does nothing, bare, in namespaces of its own, and in the sandbox.
class SandboxBench {
    private static final int STARTS = 200;

    @Test
    void startsOfCommandsThatDoNothing() throws Exception {
        Path folder =
                Files.createTempDirectory(
                        Path.of("/var/tmp"),
                        "soma-bench-",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwxr-xr-x")));
        Path workspace = Files.createDirectory(folder.resolve("workspace"));
        Sandbox sandbox =
                new BubblewrapSandbox(
                        Fetches.bubblewrap(Progress.silent()), folder.resolve("state"), 62_100, 1);
        Sandbox.Job job = new Sandbox.Job(List.of("true"), new byte[0], workspace, Limits.DEFAULT);
        measure("bare", () -> exit("true"));
        measure("unshare", () -> exit("unshare", "-Umnpi", "--fork", "true"));
        measure(
                "sandbox",
                () -> {
                    assertThat(sandbox.run(job)).isInstanceOf(Sandbox.Result.Ran.class);
                    return 0;
                });
        new ProcessBuilder("rm", "-rf", folder.toString()).start().waitFor();
    }

    private static int exit(String... command) throws Exception {
        return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
    }

    private static void measure(String name, Callable<Integer> start) throws Exception {
        double[] millis = new double[STARTS];
        for (int i = -STARTS / 4; i < STARTS; i++) {
            long began = System.nanoTime();
            start.call();
            if (i >= 0) {
                millis[i] = (System.nanoTime() - began) / 1e6;
            }
        }
        Arrays.sort(millis);
        System.out.printf(
                Locale.ROOT,
                "%-8s p50 %.1f ms, p95 %.1f ms over %d starts%n",
                name,
                millis[STARTS / 2],
                millis[STARTS * 95 / 100],
                STARTS);
    }
}
