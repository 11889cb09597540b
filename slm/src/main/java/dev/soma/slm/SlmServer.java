package dev.soma.slm;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.ObjectNode;

/// The process: reads its options, serves, and ends on a signal.
///
/// It always ends by `halt` or `exit`, because native threads keep running after the model is
/// closed.
public final class SlmServer {
    private static final long DRAIN_MILLIS = 5_000;

    private SlmServer() {}

    /// Exit status 0 after a signal, 1 when the model cannot be served, 2 for wrong use.
    ///
    /// @param arguments see `--help`
    public static void main(String[] arguments) {
        PrintStream out = System.out;
        switch (Options.parse(List.of(arguments))) {
            case Options.Parsed.Help() -> out.print(Options.USAGE);
            case Options.Parsed.Wrong(List<String> mistakes) -> {
                mistakes.forEach(mistake -> System.err.println("slm: " + mistake));
                System.err.println("slm: --help lists the options");
                System.exit(2);
            }
            case Options.Parsed.Run(Options options) -> run(options, out);
        }
    }

    private static void run(Options options, PrintStream out) {
        quietLibraries();
        Log log = new Log(Clock.systemUTC());
        log.adoptLibraries();
        try {
            serve(options, out, log);
        } catch (StartException e) {
            System.err.println("slm: " + oneLine(String.valueOf(e.getMessage())));
            Runtime.getRuntime().halt(1);
        } catch (InterruptedException e) {
            Runtime.getRuntime().halt(1);
        }
        if (options.exitWithParent()) {
            awaitParent();
            System.exit(0);
        }
    }

    private static void serve(Options options, PrintStream out, Log log)
            throws StartException, InterruptedException {
        Serving serving = new Serving(options, log, Clock.systemUTC());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> drain(serving, log), "drain"));
        int port = serving.start();
        ObjectNode ready = Json.object();
        ready.put("port", port);
        ready.put("pid", ProcessHandle.current().pid());
        if (options.readyFile().isPresent()) {
            writeReady(options.readyFile().get(), Json.write(ready));
        }
        out.println(Json.write(ready));
        log.info("ready", Map.of("port", port, "model", options.modelId()));
    }

    /// Native and logging choices that must be made before the first class of a library loads.
    private static void quietLibraries() {
        System.setProperty("io.netty.noUnsafe", "true");
        System.setProperty("slf4j.internal.verbosity", "ERROR");
        System.setProperty(
                "vertx.logger-delegate-factory-class-name",
                "io.vertx.core.logging.JULLogDelegateFactory");
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
    }

    private static void drain(Serving serving, Log log) {
        try {
            boolean drained = serving.stop(TimeUnit.MILLISECONDS.toNanos(DRAIN_MILLIS));
            log.info("stopped", Map.of("drained", drained));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            Runtime.getRuntime().halt(0);
        }
    }

    private static void writeReady(Path file, String content) throws StartException {
        Path absolute = file.toAbsolutePath();
        Path written = absolute.resolveSibling(absolute.getFileName() + ".new");
        try {
            Files.writeString(written, content + "\n", StandardCharsets.UTF_8);
            Files.move(
                    written,
                    absolute,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new StartException("the ready file %s cannot be written".formatted(file), e);
        }
    }

    private static void awaitParent() {
        try {
            long unread = System.in.transferTo(java.io.OutputStream.nullOutputStream());
            assert unread >= 0;
        } catch (IOException e) {
            // A broken pipe says the same as a closed one.
        }
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ");
    }
}
