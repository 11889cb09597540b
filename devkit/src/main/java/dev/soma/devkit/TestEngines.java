package dev.soma.devkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The engines that all tests of one JVM share, each started when it is first asked for.
///
/// Their folder is `target/devkit-<pid>/`: deleted when the JVM ends after tests that all passed,
/// kept when one failed. A test that kills an engine calls `process().kill()` and
/// `process().start()` on what it was given.
public final class TestEngines {
    private static final EngineSet SHARED = open();

    private TestEngines() {}

    public static EngineSet.Postgres postgres() {
        return SHARED.postgres();
    }

    public static EngineSet.Redis redis() {
        return SHARED.redis();
    }

    public static EngineSet.Kafka kafka() {
        return SHARED.kafka();
    }

    public static EngineSet.Temporal temporal() {
        return SHARED.temporal();
    }

    public static EngineSet.Slm slm() {
        return SHARED.slm();
    }

    /// A folder of this JVM's, treated like the engines' own.
    public static Path folder(String name) {
        Path folder = SHARED.folder().resolve(name);
        try {
            Files.createDirectories(folder);
        } catch (IOException failure) {
            throw EngineException.passing("could not create " + folder, failure);
        }
        return folder;
    }

    private static EngineSet open() {
        Path target = Path.of("target").toAbsolutePath();
        EngineSet engines =
                new EngineSet(target.resolve("devkit-" + ProcessHandle.current().pid()));
        Thread end = new Thread(() -> end(engines), "devkit-end");
        Runtime.getRuntime().addShutdownHook(end);
        return engines;
    }

    private static void end(EngineSet engines) {
        engines.close();
        if (TestFailures.any()) {
            System.err.println(
                    "a test failed: the engines' data and logs are kept in " + engines.folder());
            return;
        }
        try {
            Cache.delete(engines.folder());
        } catch (IOException failure) {
            System.err.println(
                    "could not delete " + engines.folder() + ": " + failure.getMessage());
        }
    }
}
