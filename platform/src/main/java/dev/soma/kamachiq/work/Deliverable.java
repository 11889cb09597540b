package dev.soma.kamachiq.work;

import dev.soma.kamachiq.calculator.Calculator;
import dev.soma.kamachiq.calculator.Criteria;
import dev.soma.kamachiq.calculator.Delivery;
import dev.soma.kamachiq.gate.Check;
import dev.soma.kamachiq.gate.PythonReview.Part;
import dev.soma.kamachiq.gate.PythonReview.Subject;
import dev.soma.kamachiq.requirement.CalculatorReader;
import dev.soma.kamachiq.requirement.Example;
import dev.soma.kamachiq.requirement.Reading;
import dev.soma.kamachiq.spec.ProjectSpec;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/// What a project has to deliver, worked out from its specification alone, so every worker comes to
/// the same.
record Deliverable(ProjectSpec spec, Reading reading) {
    static final String PROGRAM = "program";
    static final String TESTS = "tests";
    static final String DOCS = "docs";
    static final String README = "README.md";

    static Deliverable of(ProjectSpec spec) {
        return new Deliverable(spec, CalculatorReader.read(spec));
    }

    private Optional<Calculator> calculator() {
        return reading.calculator();
    }

    /// The one file that a task makes; empty for a task that nobody knows.
    Optional<String> output(String task) {
        return switch (task) {
            case PROGRAM -> Optional.of(program());
            case TESTS -> Optional.of(tests());
            case DOCS -> Optional.of(README);
            default -> Optional.empty();
        };
    }

    /// What an agent sees of the work before its own: who writes the tests does not see the
    /// program.
    Map<String, String> seenBy(String task, Map<String, String> inputs) {
        return task.equals(TESTS) ? Map.of() : inputs;
    }

    String program() {
        return calculator().map(Delivery::program).orElse("main.py");
    }

    String tests() {
        return calculator().map(Delivery::tests).orElse("test_main.py");
    }

    private List<List<String>> examples() {
        return reading.examples().stream().map(Example::arguments).toList();
    }

    /// What the program is checked by from the outside; nothing where no oracle knows the answers.
    List<Check> checks() {
        return calculator().map(found -> Criteria.of(found, examples())).orElse(List.of());
    }

    /// What the library makes of it.
    SortedMap<String, String> files(Calculator calculator) {
        return Delivery.files(calculator, examples());
    }

    /// The same with another introduction.
    SortedMap<String, String> files(Calculator calculator, String introduction) {
        return Delivery.files(calculator, examples(), introduction);
    }

    /// What the program has to do, in words for who writes it.
    String contract() {
        return calculator()
                .map(
                        found ->
                                files(found).getOrDefault(README, "")
                                        + "\nHow results are printed: "
                                        + found.output()
                                        + "\nHelp is printed for -h and --help: "
                                        + found.usage())
                .orElse("");
    }

    /// What a review looks at.
    ///
    /// @param task empty for the work as a whole
    /// @param written whether a model wrote the tests, so that nobody knows their names beforehand
    Subject subject(String task, boolean written) {
        Optional<List<String>> names =
                written
                        ? Optional.empty()
                        : calculator().map(found -> Delivery.testNames(found, examples()));
        return new Subject(program(), tests(), README, names, checks(), parts(task));
    }

    private static Set<Part> parts(String task) {
        return Map.of(
                        PROGRAM,
                        EnumSet.of(Part.BEHAVIOUR, Part.STYLE),
                        TESTS,
                        EnumSet.of(Part.TESTS, Part.DISCRIMINATION),
                        DOCS,
                        EnumSet.of(Part.README))
                .getOrDefault(
                        task, EnumSet.of(Part.BEHAVIOUR, Part.STYLE, Part.TESTS, Part.README));
    }
}
