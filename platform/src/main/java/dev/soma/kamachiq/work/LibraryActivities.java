package dev.soma.kamachiq.work;

import dev.soma.kamachiq.calculator.Calculator;
import dev.soma.kamachiq.calculator.Criteria;
import dev.soma.kamachiq.calculator.Delivery;
import dev.soma.kamachiq.gate.PythonReview;
import dev.soma.kamachiq.gate.PythonReview.NotReviewed;
import dev.soma.kamachiq.gate.QualityScore;
import dev.soma.kamachiq.gate.Review;
import dev.soma.kamachiq.plan.TaskType;
import dev.soma.kamachiq.requirement.CalculatorReader;
import dev.soma.kamachiq.requirement.Example;
import dev.soma.kamachiq.requirement.Gap;
import dev.soma.kamachiq.requirement.Reading;
import dev.soma.kamachiq.sandbox.Sandbox;
import dev.soma.kamachiq.spec.ProjectSpec;
import dev.soma.kamachiq.spec.SpecFault;
import dev.soma.kamachiq.spec.SpecReader;
import dev.soma.kamachiq.spec.SpecReading;
import dev.soma.kamachiq.work.Payloads.Agent;
import dev.soma.kamachiq.work.Payloads.Plan;
import dev.soma.kamachiq.work.Payloads.PlannedTask;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kamachiq.work.Payloads.ReportOrder;
import dev.soma.kamachiq.work.Payloads.ReviewOrder;
import dev.soma.kamachiq.work.Payloads.ReviewResult;
import dev.soma.kamachiq.work.Payloads.TaskOrder;
import dev.soma.kamachiq.work.Payloads.TaskResult;
import io.temporal.failure.ApplicationFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/// [ProjectActivities] with the library's capsules. Thread-safe; everything they make depends on
/// the specification alone, so a second run makes the same.
public final class LibraryActivities implements ProjectActivities {
    private static final String PROGRAM = "program";
    private static final String TESTS = "tests";
    private static final String DOCS = "docs";
    private static final String CAPSULE = "py.calculator@1";
    private static final int SHOWN = 10;

    private final ContentStore content;
    private final Sandbox sandbox;
    private final Path workspaces;

    /// @param workspaces folder for copies of work under review; the sandbox's users have to be
    /// able to pass through it
    public LibraryActivities(ContentStore content, Sandbox sandbox, Path workspaces) {
        this.content = content;
        this.sandbox = sandbox;
        this.workspaces = workspaces;
    }

    private byte[] bytes(String digest) {
        return content.get(digest)
                .orElseThrow(
                        () ->
                                ApplicationFailure.newNonRetryableFailure(
                                        "the content store has not what " + digest + " stands for",
                                        "Missing"));
    }

    private SpecReading spec(ProjectOrder order) {
        return SpecReader.read(bytes(order.spec()));
    }

    private Reading reading(ProjectOrder order) {
        if (spec(order) instanceof SpecReading.Read(ProjectSpec spec)) {
            return CalculatorReader.read(spec);
        }
        throw ApplicationFailure.newNonRetryableFailure(
                "the specification cannot be read", "Specification");
    }

    private static Calculator calculator(Reading reading) {
        return reading.calculator()
                .orElseThrow(
                        () ->
                                ApplicationFailure.newNonRetryableFailure(
                                        "no capsule covers the specification", "Uncovered"));
    }

    private static List<List<String>> examples(Reading reading) {
        return reading.examples().stream().map(Example::arguments).toList();
    }

    @Override
    public Plan decompose(ProjectOrder order) {
        return switch (spec(order)) {
            case SpecReading.Faulty(List<SpecFault> faults) ->
                    new Plan(faults.getFirst().toString(), List.of(), List.of(), 1, false);
            case SpecReading.Read(ProjectSpec spec) -> plan(spec);
        };
    }

    private static Plan plan(ProjectSpec spec) {
        Reading reading = CalculatorReader.read(spec);
        List<String> gaps =
                Stream.concat(
                                reading.calculator().isPresent()
                                        ? Stream.of()
                                        : Stream.of("nothing in the library delivers this"),
                                reading.gaps().stream().map(LibraryActivities::told))
                        .limit(SHOWN)
                        .toList();
        return new Plan(
                "",
                gaps,
                reading.calculator().isPresent() ? TASKS : List.of(),
                spec.timeoutMinutes(),
                spec.onUnreachable() == ProjectSpec.OnUnreachable.PARTIAL);
    }

    private static String told(Gap gap) {
        return "%s '%s' (%s, bytes %d to %d): %s"
                .formatted(
                        gap.kind(),
                        gap.text(),
                        gap.span().source(),
                        gap.span().from(),
                        gap.span().to(),
                        gap.why());
    }

    private static final List<PlannedTask> TASKS =
            List.of(
                    new PlannedTask(PROGRAM, TaskType.CODE.name(), List.of(), 2, true),
                    new PlannedTask(TESTS, TaskType.TEST.name(), List.of(), 2, true),
                    new PlannedTask(DOCS, TaskType.CODE.name(), List.of(PROGRAM), 1, true));

    @Override
    public Agent spawn(TaskOrder order) {
        return new Agent(
                TASKS.stream()
                        .filter(task -> task.id().equals(order.task()))
                        .map(task -> TaskType.valueOf(task.type()).persona())
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        ApplicationFailure.newNonRetryableFailure(
                                                "no agent does " + order.task(), "Unknown")),
                CAPSULE);
    }

    @Override
    public TaskResult runTool(TaskOrder order, Agent agent) {
        Reading reading = reading(order.project());
        Calculator calculator = calculator(reading);
        String path =
                switch (order.task()) {
                    case PROGRAM -> Delivery.program(calculator);
                    case TESTS -> Delivery.tests(calculator);
                    case DOCS -> "README.md";
                    default ->
                            throw ApplicationFailure.newNonRetryableFailure(
                                    "no tool does " + order.task(), "Unknown");
                };
        String text = Delivery.files(calculator, examples(reading)).getOrDefault(path, "");
        return new TaskResult(Map.of(path, content.put(text.getBytes(StandardCharsets.UTF_8))), "");
    }

    @Override
    public ReviewResult evaluate(ReviewOrder order) {
        Reading reading = reading(order.project());
        Calculator calculator = calculator(reading);
        List<List<String>> examples = examples(reading);
        Path workspace = workspace(order.files());
        try (Heartbeat beat = Heartbeat.start()) {
            Review review =
                    PythonReview.of(
                            sandbox,
                            workspace,
                            new PythonReview.Subject(
                                    Delivery.program(calculator),
                                    Delivery.tests(calculator),
                                    Delivery.testNames(calculator, examples),
                                    Criteria.of(calculator, examples)));
            return new ReviewResult(
                    review.basisPoints(),
                    QualityScore.isApproved(review.basisPoints(), QualityScore.THRESHOLD),
                    content.put(Reports.of(review)),
                    review.defects().stream()
                            .limit(SHOWN)
                            .map(defect -> defect.rule() + ": " + defect.detail())
                            .toList());
        } catch (NotReviewed unavailable) {
            throw ApplicationFailure.newFailure(unavailable.getMessage(), "Sandbox");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ApplicationFailure.newFailure("the worker stops", "Stopping");
        } finally {
            clear(workspace);
        }
    }

    private Path workspace(Map<String, String> files) {
        try {
            Path workspace =
                    Files.createTempDirectory(
                            workspaces,
                            "review-",
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rwx------")));
            for (var file : files.entrySet()) {
                Path path = workspace.resolve(file.getKey()).normalize();
                if (!path.startsWith(workspace)) {
                    throw ApplicationFailure.newNonRetryableFailure(
                            "a file would lie outside of the workspace", "Path");
                }
                Files.createDirectories(path.getParent());
                Files.write(path, bytes(file.getValue()));
            }
            return workspace;
        } catch (IOException e) {
            throw new UncheckedIOException("no workspace can be made", e);
        }
    }

    private static void clear(Path workspace) {
        try (Stream<Path> files = Files.walk(workspace)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException left) {
            // It lies in a folder that nobody reads; an operator may clear it.
        }
    }

    @Override
    public ProjectResult finish(ReportOrder order) {
        SortedMap<String, String> files = new TreeMap<>(order.files());
        String report = content.put(Reports.of(order, spec(order.project())));
        return new ProjectResult(order.verdict(), report, files, order.reasons());
    }
}
