package dev.soma.acceptance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// The system's Chromium without a window, at one page until it is closed.
final class Browser implements AutoCloseable {
    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome-stable", "google-chrome");

    private final Process process;

    private Browser(Process process) {
        this.process = process;
    }

    /// @param folder of its own for everything that it keeps
    static Browser at(String page, Path folder) throws IOException {
        List<String> command =
                List.of(
                        executable(),
                        "--headless=new",
                        // Tests run as root in containers; the page is the test's own.
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--user-data-dir=" + folder.resolve("profile"),
                        page);
        return new Browser(
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("browser.log").toFile())
                        .start());
    }

    private static String executable() throws IOException {
        Optional<String> there = find();
        if (there.isPresent()) {
            return there.get();
        }
        for (List<String> step :
                List.of(
                        List.of("apt-get", "update", "-qq"),
                        List.of(
                                "apt-get",
                                "install",
                                "-y",
                                "-qq",
                                "--no-install-recommends",
                                "chromium"))) {
            SdkFolder.run("Chromium is needed (package chromium)", step);
        }
        return find().orElseThrow();
    }

    private static Optional<String> find() {
        for (String folder : System.getenv("PATH").split(":")) {
            for (String name : NAMES) {
                Path file = Path.of(folder, name);
                if (Files.isExecutable(file)) {
                    return Optional.of(file.toString());
                }
            }
        }
        return Optional.empty();
    }

    @Override
    public void close() {
        List<ProcessHandle> all = process.descendants().toList();
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        all.forEach(ProcessHandle::destroyForcibly);
    }
}
