package dev.soma.kamachiq.spec;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.soma.kamachiq.gate.QualityScore;
import dev.soma.kamachiq.plan.Join;
import dev.soma.kamachiq.plan.TaskGraph;
import dev.soma.kamachiq.plan.TaskNode;
import dev.soma.kamachiq.plan.TaskType;
import dev.soma.kamachiq.plan.When;
import dev.soma.kamachiq.spec.LinedDocument.Unreadable;
import dev.soma.kamachiq.spec.ProjectSpec.OnUnreachable;
import dev.soma.kamachiq.spec.ProjectSpec.Producer;
import dev.soma.kernel.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Reads specifications of projects, JSON or YAML 1.2. Thread-safe.
public final class SpecReader {
    /// Of one specification.
    public static final int MAX_BYTES = 262_144;

    private static final int MAX_FAULTS = 50;
    private static final BigDecimal BASIS_POINTS = BigDecimal.valueOf(10_000);
    private static final Schema SCHEMA = loadSchema();

    private SpecReader() {}

    private static Schema loadSchema() {
        try (InputStream in =
                SpecReader.class.getResourceAsStream("/contracts/project-spec.schema.json")) {
            if (in == null) {
                throw new IllegalStateException(
                        "the schema of specifications is missing from this build");
            }
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(
                            new String(in.readAllBytes(), StandardCharsets.UTF_8),
                            InputFormat.JSON);
        } catch (IOException e) {
            throw new UncheckedIOException("the schema of specifications cannot be read", e);
        }
    }

    /// @param bytes as they were handed in; untrusted
    public static SpecReading read(byte[] bytes) {
        if (bytes.length > MAX_BYTES) {
            return faulty(0, "is larger than %d bytes".formatted(MAX_BYTES));
        }
        try {
            String text = decode(bytes);
            LinedDocument document = LinedDocument.parse(text);
            List<SpecFault> faults =
                    SCHEMA.validate(document.root()).stream()
                            .map(error -> fault(document, error))
                            .sorted(
                                    Comparator.comparingInt(SpecFault::line)
                                            .thenComparing(SpecFault::pointer))
                            .limit(MAX_FAULTS)
                            .toList();
            return faults.isEmpty()
                    ? new SpecReading.Read(spec(document.root(), Digest.sha256Hex(bytes)))
                    : new SpecReading.Faulty(faults);
        } catch (Unreadable e) {
            return new SpecReading.Faulty(List.of(e.fault()));
        }
    }

    private static SpecReading faulty(int line, String message) {
        return new SpecReading.Faulty(List.of(new SpecFault(line, "", message)));
    }

    /// Texts that people do not see as they are, such as those that run from right to left in
    /// secret, are not taken.
    private static String decode(byte[] bytes) throws Unreadable {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new Unreadable(0, "is not UTF-8");
        }
        int line = 1;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                line++;
            } else if (isHidden(c)) {
                throw new Unreadable(
                        line, "holds the invisible character U+%04X".formatted((int) c));
            }
        }
        return text;
    }

    private static boolean isHidden(char c) {
        boolean control = Character.isISOControl(c) && c != '\t' && c != '\r';
        boolean direction =
                (c >= '\u202a' && c <= '\u202e')
                        || (c >= '\u2066' && c <= '\u2069')
                        || c == '\u200e'
                        || c == '\u200f'
                        || c == '\u061c';
        return control || direction;
    }

    private static SpecFault fault(LinedDocument document, Error error) {
        String property = error.getProperty();
        String pointer =
                error.getInstanceLocation()
                        + (property != null && error.getKeyword().equals("additionalProperties")
                                ? "/" + property
                                : "");
        return new SpecFault(document.line(pointer), pointer, error.getMessage());
    }

    private static ProjectSpec spec(JsonNode root, String digest) {
        long budget = root.path("budget_tokens").asLong();
        long timeout = root.path("timeout_minutes").asLong();
        int threshold =
                root.has("quality_threshold")
                        ? root.path("quality_threshold")
                                .decimalValue()
                                .multiply(BASIS_POINTS)
                                .intValueExact()
                        : QualityScore.THRESHOLD;
        Optional<TaskGraph> plan =
                root.has("tasks")
                        ? Optional.of(
                                new TaskGraph(
                                        tasks(root.path("tasks")), budget, timeout, threshold))
                        : Optional.empty();
        return new ProjectSpec(
                root.path("id").asString(),
                root.path("title").asString(),
                root.path("text").asString(),
                texts(root.path("goals")),
                texts(root.path("constraints")),
                root.path("context").asString(""),
                budget,
                timeout,
                threshold,
                Producer.valueOf(word(root, "producer", "auto")),
                OnUnreachable.valueOf(word(root, "on_unreachable", "awaiting_human")),
                Set.copyOf(texts(root.path("permissions"))),
                root.path("model").asString(""),
                root.path("cheaper_model").asString(""),
                root.path("seed").asLong(0),
                root.path("approve_plan").asBoolean(false),
                root.path("reading").asString("").equals("model"),
                digest,
                plan);
    }

    private static String word(JsonNode node, String name, String otherwise) {
        return node.path(name).asString(otherwise).toUpperCase(Locale.ROOT);
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(item -> texts.add(item.asString()));
        return texts;
    }

    private static List<TaskNode> tasks(JsonNode array) {
        List<TaskNode> tasks = new ArrayList<>();
        array.forEach(task -> tasks.add(task(task)));
        return tasks;
    }

    private static TaskNode task(JsonNode task) {
        JsonNode when = task.path("when");
        return new TaskNode(
                task.path("id").asString(),
                TaskType.valueOf(word(task, "type", "")),
                task.path("description").asString(""),
                texts(task.path("dependencies")),
                task.path("estimated_tokens").asLong(0),
                task.path("estimated_seconds").asLong(0),
                Join.valueOf(word(task, "join", "all_success")),
                when.isObject()
                        ? Optional.of(
                                new When(
                                        when.path("task").asString(),
                                        when.path("output").asString(),
                                        when.path("equals").asString()))
                        : Optional.empty(),
                task.path("required").asBoolean(true),
                task.path("priority").asInt(3),
                Set.copyOf(texts(task.path("permissions"))));
    }
}
