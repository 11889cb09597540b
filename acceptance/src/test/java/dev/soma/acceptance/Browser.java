package dev.soma.acceptance;

import dev.soma.devkit.Fetches;
import dev.soma.devkit.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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
                        Fetches.program(NAMES, "chromium", Progress.silent()).toString(),
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
