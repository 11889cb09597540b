package dev.soma.slm;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import tools.jackson.databind.node.ObjectNode;

/// One JSON object a line on stderr. Callers pass counts, ids and codes, never text of a request.
final class Log {
    private static final PrintStream ERR = System.err;

    private final InstantSource clock;

    Log(InstantSource clock) {
        this.clock = clock;
    }

    void info(String message, Map<String, ?> fields) {
        line(clock.instant(), "info", "dev.soma.slm", message, fields);
    }

    void error(String message, Map<String, ?> fields) {
        line(clock.instant(), "error", "dev.soma.slm", message, fields);
    }

    private static void line(
            Instant at, String level, String logger, String message, Map<String, ?> fields) {
        ObjectNode line = Json.object();
        line.put("ts", at.toString());
        line.put("level", level);
        line.put("logger", logger);
        line.put("msg", message);
        fields.forEach(
                (name, value) -> {
                    switch (value) {
                        case Integer number -> line.put(name, number);
                        case Long number -> line.put(name, number);
                        case Double number -> line.put(name, number);
                        case Boolean flag -> line.put(name, flag);
                        default -> line.put(name, String.valueOf(value));
                    }
                });
        ERR.println(Json.write(line));
    }

    /// Turns what libraries print or log into lines of this shape, so that stdout and stderr stay
    /// JSON.
    void adoptLibraries() {
        LogManager.getLogManager().reset();
        Logger root = Logger.getLogger("");
        root.setLevel(Level.WARNING);
        root.addHandler(new LibraryHandler());
        System.setOut(new PrintStream(new Lines(), true, StandardCharsets.UTF_8));
    }

    private static final class LibraryHandler extends Handler {
        @Override
        public void publish(LogRecord record) {
            String level = record.getLevel().getName().toLowerCase(Locale.ROOT);
            Throwable thrown = record.getThrown();
            Map<String, ?> fields =
                    thrown == null ? Map.of() : Map.of("error", thrown.getClass().getName());
            line(
                    record.getInstant(),
                    level,
                    String.valueOf(record.getLoggerName()),
                    String.valueOf(record.getMessage()),
                    fields);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    private final class Lines extends OutputStream {
        private final ByteArrayOutputStream held = new ByteArrayOutputStream();

        @Override
        public synchronized void write(int b) {
            if (b != '\n') {
                held.write(b);
                return;
            }
            info("library.output", Map.of("detail", held.toString(StandardCharsets.UTF_8)));
            held.reset();
        }
    }
}
