package dev.soma.kamachiq.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.soma.devkit.Fetches;
import dev.soma.devkit.Progress;
import dev.soma.kamachiq.calculator.Calculator;
import dev.soma.kamachiq.calculator.Calculator.Input;
import dev.soma.kamachiq.calculator.Calculator.Output;
import dev.soma.kamachiq.calculator.CalculatorCapsule;
import dev.soma.kamachiq.calculator.Criteria;
import dev.soma.kamachiq.calculator.Delivery;
import dev.soma.kamachiq.calculator.Operation;
import dev.soma.kamachiq.python.Mutants;
import dev.soma.kamachiq.python.Printer;
import dev.soma.kamachiq.sandbox.BubblewrapSandbox;
import dev.soma.kamachiq.sandbox.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The gate on the real interpreter in the real sandbox.
class PythonReviewTests {
    private static final Calculator WANTED =
            new Calculator(
                    "sums",
                    EnumSet.of(Operation.ADD, Operation.DIVIDE),
                    Input.SUBCOMMAND,
                    new Output.Fixed(2),
                    Calculator.usualFailures());
    private static final List<List<String>> EXAMPLES = List.of(List.of("add", "40", "2"));

    private Path folder = Path.of("");
    private Sandbox sandbox = new None();

    /// Confines nothing, so runs nothing.
    private static final class None implements Sandbox {
        @Override
        public Result run(Job job) {
            return new Result.Unavailable("there is no sandbox here");
        }

        @Override
        public java.util.Optional<String> problem() {
            return java.util.Optional.of("there is no sandbox here");
        }
    }

    @BeforeEach
    void open() throws IOException {
        folder =
                Files.createTempDirectory(
                        Path.of("/var/tmp"),
                        "soma-review-",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwxr-xr-x")));
        sandbox =
                new BubblewrapSandbox(
                        Fetches.bubblewrap(Progress.silent()), folder.resolve("state"), 61_100, 4);
    }

    @AfterEach
    void clear() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static Map<String, String> delivered() {
        return new TreeMap<>(Delivery.files(WANTED, EXAMPLES));
    }

    private Review review(Map<String, String> files) throws Exception {
        return review(
                files,
                Optional.of(Delivery.testNames(WANTED, EXAMPLES)),
                EnumSet.allOf(PythonReview.Part.class));
    }

    private Review review(
            Map<String, String> files, Optional<List<String>> names, Set<PythonReview.Part> parts)
            throws Exception {
        Path workspace = Files.createTempDirectory(folder, "work-");
        for (var file : files.entrySet()) {
            Files.writeString(workspace.resolve(file.getKey()), file.getValue());
        }
        return PythonReview.of(
                sandbox,
                workspace,
                new PythonReview.Subject(
                        Delivery.program(WANTED),
                        Delivery.tests(WANTED),
                        "README.md",
                        names,
                        Criteria.of(WANTED, EXAMPLES),
                        parts));
    }

    private void requireRefused(Review review) {
        assertThat(review.faulty()).isTrue();
        assertThat(QualityScore.isApproved(review.basisPoints(), QualityScore.THRESHOLD)).isFalse();
        assertThat(review.defects()).isNotEmpty();
    }

    @Test
    void whatTheLibraryDeliversIsApprovedAndTheSameEachTime() throws Exception {
        Review review = review(delivered());
        assertThat(review.defects()).isEmpty();
        assertThat(review.faulty()).isFalse();
        assertThat(review.score()).isEqualTo(new QualityScore(10_000, 10_000, 10_000, 10_000));
        assertThat(QualityScore.isApproved(review.basisPoints(), QualityScore.THRESHOLD)).isTrue();
        assertThat(review.passed()).isEqualTo(review.checks()).isGreaterThan(30);
    }

    @Test
    void aFaultInTheProgramIsNamedWithTheQuestionThatShowsIt() throws Exception {
        Map<String, String> files = delivered();
        String mutant =
                Mutants.of(CalculatorCapsule.program(WANTED)).stream()
                        .map(Printer::print)
                        .filter(program -> program.contains("bounded(left - right)"))
                        .findFirst()
                        .orElseThrow();
        files.put(Delivery.program(WANTED), mutant);
        Review review = review(files);
        requireRefused(review);
        assertThat(review.defects())
                .anyMatch(
                        defect ->
                                defect.rule().equals("example [add, 40, 2]")
                                        && defect.detail().contains("'38.00\\n'")
                                        && defect.detail().contains("'42.00\\n'"));
    }

    @Test
    void testsThatEndTheInterpreterDoNotPass() throws Exception {
        Map<String, String> files = delivered();
        files.put(Delivery.tests(WANTED), "import os\nos._exit(0)\n");
        requireRefused(review(files));
    }

    @Test
    void aFileWithoutTestsDoesNotPass() throws Exception {
        Map<String, String> files = delivered();
        files.put(Delivery.tests(WANTED), "import unittest\n");
        requireRefused(review(files));
    }

    @Test
    void aProgramThatPassesItsOwnTestsButNotTheSpecificationDoesNotPass() throws Exception {
        Calculator other =
                new Calculator(
                        WANTED.name(),
                        WANTED.operations(),
                        WANTED.input(),
                        new Output.Plain(),
                        WANTED.failures());
        Review review = review(Delivery.files(other, EXAMPLES));
        requireRefused(review);
        assertThat(review.defects())
                .noneMatch(defect -> defect.rule().equals("tests"))
                .anyMatch(defect -> defect.rule().equals("add"));
    }

    @Test
    void aProgramThatIsNoneAndOneThatNeverEndsAreRefused() throws Exception {
        for (String program : List.of("", "def (", "import sys\nsys.exit(0)\n")) {
            Map<String, String> files = delivered();
            files.put(Delivery.program(WANTED), program);
            requireRefused(review(files));
        }
    }

    @Test
    void styleAndDocumentationAreMeasured() throws Exception {
        Map<String, String> files = delivered();
        files.remove("README.md");
        String program = files.getOrDefault(Delivery.program(WANTED), "");
        files.put(
                Delivery.program(WANTED),
                program
                        + "\n\ndef BadName():\n    try:\n        return eval('1')\n    except:\n        return 2\n");
        Review review = review(files);
        assertThat(review.faulty()).isFalse();
        assertThat(review.defects())
                .extracting(Defect::rule)
                .containsExactlyInAnyOrder("naming", "evaluates-text", "bare-except");
        assertThat(review.score().style()).isEqualTo(8_500);
        assertThat(review.score().documentation()).isBetween(5_000, 9_000);
    }

    @Test
    void aProgramThatLeavesFilesBehindIsRefused() throws Exception {
        Map<String, String> files = delivered();
        files.merge(
                Delivery.program(WANTED),
                "import sys\n",
                (program, line) ->
                        program.replace(
                                "if __name__",
                                "open(\"trace\", \"a\").write(\"x\")\n\n\nif __name__"));
        Review review = review(files);
        requireRefused(review);
        assertThat(review.defects())
                .anyMatch(defect -> defect.detail().contains("files is 'changed'"));
    }

    private Review ofTests(String tests) throws Exception {
        Map<String, String> files = delivered();
        files.put(Delivery.tests(WANTED), tests);
        return review(
                files,
                Optional.empty(),
                EnumSet.of(PythonReview.Part.TESTS, PythonReview.Part.DISCRIMINATION));
    }

    @Test
    void testsThatNobodyKnowsCountByWhatTheFileHas() throws Exception {
        String tests = delivered().getOrDefault(Delivery.tests(WANTED), "");
        assertThat(ofTests(tests).faulty()).isFalse();
        requireRefused(ofTests("import os\nos._exit(0)\n" + tests));
        requireRefused(ofTests(tests + "\n\nimport os\nos._exit(0)\n"));
        requireRefused(ofTests("import unittest\n"));
        requireRefused(ofTests("def ("));
        requireRefused(ofTests(tests.replace("def test_003", "def exam_003") + "\n1 / 0\n"));
    }

    @Test
    void testsThatPassWithoutAProgramDoNotCount() throws Exception {
        Review review =
                ofTests(
                        """
                        import unittest


                        class T(unittest.TestCase):
                            def test_true(self):
                                self.assertTrue(True)
                        """);
        requireRefused(review);
        assertThat(review.defects().getFirst().detail()).contains("without a program");
    }

    @Test
    void onlyWhatIsLookedAtCanBeWrong() throws Exception {
        Map<String, String> files = delivered();
        files.remove(Delivery.tests(WANTED));
        files.remove("README.md");
        Set<PythonReview.Part> program =
                EnumSet.of(PythonReview.Part.BEHAVIOUR, PythonReview.Part.STYLE);
        Review review = review(files, Optional.empty(), program);
        assertThat(review.faulty()).isFalse();
        assertThat(review.score()).isEqualTo(new QualityScore(10_000, 10_000, 10_000, 10_000));
        requireRefused(review(files, Optional.empty(), EnumSet.of(PythonReview.Part.README)));
    }

    @Test
    void nothingIsReviewedWhereItCannotBeConfined() {
        sandbox = new None();
        assertThatThrownBy(() -> review(delivered()))
                .isInstanceOf(PythonReview.NotReviewed.class)
                .hasMessageContaining("no sandbox");
    }
}
