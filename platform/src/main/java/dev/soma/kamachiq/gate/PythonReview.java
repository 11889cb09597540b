package dev.soma.kamachiq.gate;

import dev.soma.kamachiq.sandbox.Captured;
import dev.soma.kamachiq.sandbox.Limits;
import dev.soma.kamachiq.sandbox.Sandbox;
import dev.soma.kamachiq.sandbox.Sandbox.End.Exited;
import dev.soma.kamachiq.sandbox.Sandbox.Job;
import dev.soma.kamachiq.sandbox.Sandbox.Result.Ran;
import dev.soma.kamachiq.sandbox.Sandbox.Result.Unavailable;
import dev.soma.kernel.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Reviews a Python program by its facts, whoever wrote it: what it says when it is run is compared
/// here, outside of the sandbox; its own tests are a second opinion, counted against names that are
/// known beforehand, so that a test file that ends the interpreter, or holds no tests, fails.
public final class PythonReview {
    /// The system's interpreter, which the sandbox sees where the host has it.
    public static final String PYTHON = "/usr/bin/python3";

    private static final int WHOLE = 10_000;
    private static final int OF_A_FINDING = 500;
    private static final int SHOWN = 200;
    private static final Limits ONE_RUN = Limits.DEFAULT.within(Duration.ofSeconds(10));
    private static final Pattern OK = Pattern.compile("(?m)^(test\\w*) \\([^)]*\\) \\.\\.\\. ok$");
    private static final Pattern FINDING = Pattern.compile("(\\d+)\t([a-z-]+)\t(.*)");
    private static final String NO_README = "described\tFalse";
    private static final Pattern SHARES = Pattern.compile("documented\t(\\d+)\t(\\d+)");

    private final Sandbox sandbox;
    private final Path workspace;
    private final Subject subject;
    private final List<Defect> defects = new ArrayList<>();
    private final MessageDigest evidence = Digest.newSha256();

    /// What is reviewed.
    ///
    /// @param program path in the workspace
    /// @param tests path of its tests
    /// @param readme path of what there is to read about it
    /// @param testNames tests that have to pass, by method; empty when those count that the file
    /// has
    /// @param checks runs from the outside
    /// @param parts what is looked at; the rest counts as faultless, for it is another's work
    public record Subject(
            String program,
            String tests,
            String readme,
            Optional<List<String>> testNames,
            List<Check> checks,
            Set<Part> parts) {
        public Subject {
            testNames = testNames.map(List::copyOf);
            checks = List.copyOf(checks);
            parts = Set.copyOf(parts);
        }
    }

    /// What a review can look at.
    public enum Part {
        /// What the program says when it is run.
        BEHAVIOUR,
        /// How the program is written.
        STYLE,
        /// Its tests: that they pass.
        TESTS,
        /// That its tests fail where there is no program.
        DISCRIMINATION,
        README
    }

    /// The sandbox could not confine the work, so nothing was reviewed.
    public static final class NotReviewed extends Exception {
        private static final long serialVersionUID = 1;

        NotReviewed(String reason) {
            super(reason);
        }
    }

    private PythonReview(Sandbox sandbox, Path workspace, Subject subject) {
        this.sandbox = sandbox;
        this.workspace = workspace;
        this.subject = subject;
    }

    /// @param workspace a copy of the work that nobody else uses
    public static Review of(Sandbox sandbox, Path workspace, Subject subject)
            throws NotReviewed, InterruptedException {
        if (!Files.isExecutable(Path.of(PYTHON))) {
            throw new NotReviewed("there is no " + PYTHON + " to run programs on");
        }
        return new PythonReview(sandbox, workspace, subject).review();
    }

    private Review review() throws NotReviewed, InterruptedException {
        Behaviour behaviour =
                subject.parts().contains(Part.BEHAVIOUR) ? behaviour() : Behaviour.FAULTLESS;
        Marks marks = marks();
        boolean tested = !subject.parts().contains(Part.TESTS) || testsHold();
        QualityScore score =
                new QualityScore(
                        behaviour.completeness(),
                        behaviour.correctness(),
                        marks.style(),
                        marks.documentation());
        boolean faulty = !tested || behaviour.passed() < behaviour.checks() || marks.undescribed();
        return new Review(
                score,
                score.basisPoints(faulty),
                faulty,
                behaviour.checks(),
                behaviour.passed(),
                defects,
                HexFormat.of().formatHex(evidence.digest()));
    }

    private record Behaviour(int completeness, int correctness, int checks, int passed) {
        static final Behaviour FAULTLESS = new Behaviour(WHOLE, WHOLE, 0, 0);
    }

    private Behaviour behaviour() throws NotReviewed, InterruptedException {
        Map<String, Boolean> criteria = new HashMap<>();
        int passed = 0;
        for (Check check : subject.checks()) {
            boolean passes = passes(check);
            passed += passes ? 1 : 0;
            criteria.merge(check.criterion(), passes, Boolean::logicalAnd);
        }
        if (subject.checks().isEmpty()) {
            defects.add(new Defect(subject.program(), 0, "checks", "nothing can check it"));
        }
        int complete = (int) criteria.values().stream().filter(passes -> passes).count();
        return new Behaviour(
                share(complete, criteria.size()),
                share(passed, subject.checks().size()),
                subject.checks().size(),
                passed);
    }

    private Marks marks() throws NotReviewed, InterruptedException {
        boolean style = subject.parts().contains(Part.STYLE);
        if (!style && !subject.parts().contains(Part.README)) {
            return new Marks(WHOLE, WHOLE, false);
        }
        Marks marks = read();
        if (style) {
            return new Marks(marks.style(), marks.documentation(), false);
        }
        if (marks.undescribed()) {
            defects.add(new Defect(subject.readme(), 0, "readme", "there is nothing to read"));
        }
        return new Marks(WHOLE, marks.documentation(), marks.undescribed());
    }

    /// Nothing of nothing is nothing: work that nobody can check is not complete.
    private static int share(int part, int whole) {
        return whole == 0 ? 0 : (int) ((long) part * WHOLE / whole);
    }

    private Ran run(Limits limits, String... command) throws NotReviewed, InterruptedException {
        return run(limits, "", List.of(command));
    }

    private Ran run(Limits limits, String input, List<String> command)
            throws NotReviewed, InterruptedException {
        Sandbox.Result result =
                sandbox.run(
                        new Job(
                                command,
                                input.getBytes(StandardCharsets.UTF_8),
                                workspace,
                                limits));
        return switch (result) {
            case Unavailable(String reason) -> throw new NotReviewed(reason);
            case Ran ran -> {
                note(ran.end().toString());
                note(ran.output().sha256());
                note(ran.errors().sha256());
                note(ran.tree().digest());
                yield ran;
            }
        };
    }

    private void note(String seen) {
        evidence.update((seen + '\n').getBytes(StandardCharsets.UTF_8));
    }

    private static String text(Captured captured) {
        return new String(captured.kept(), StandardCharsets.UTF_8);
    }

    private boolean passes(Check check) throws NotReviewed, InterruptedException {
        List<String> command = new ArrayList<>(List.of(PYTHON, "-I", "-B"));
        if (!check.driver().isEmpty()) {
            command.addAll(List.of("-c", check.driver()));
        }
        command.add(subject.program());
        command.addAll(check.arguments());
        note(command + check.input());
        Ran ran = run(ONE_RUN, check.input(), command);
        compare(check, "exit code", ran.end().toString(), new Exited(check.exit()).toString());
        compare(check, "standard output", text(ran.output()), check.output());
        compare(check, "standard error", text(ran.errors()), check.errors());
        boolean untouched =
                Stream.of(ran.tree().added(), ran.tree().changed(), ran.tree().removed())
                        .allMatch(List::isEmpty);
        compare(check, "files", untouched ? "untouched" : "changed", "untouched");
        return ran.end().equals(new Exited(check.exit()))
                && text(ran.output()).equals(check.output())
                && text(ran.errors()).equals(check.errors())
                && untouched;
    }

    private void compare(Check check, String what, String found, String expected) {
        if (!found.equals(expected)) {
            defects.add(
                    new Defect(
                            subject.program(),
                            0,
                            check.criterion(),
                            "%s: %s is %s and should be %s"
                                    .formatted(
                                            shown(check.asked()),
                                            what,
                                            shown(found),
                                            shown(expected))));
        }
    }

    private static String shown(String text) {
        String line = text.replace("\n", "\\n");
        return "'" + (line.length() > SHOWN ? line.substring(0, SHOWN) + "..." : line) + "'";
    }

    private boolean testsHold() throws NotReviewed, InterruptedException {
        List<String> names =
                subject.testNames().isPresent() ? subject.testNames().get() : testNames();
        if (names.isEmpty()) {
            defects.add(new Defect(subject.tests(), 0, "tests", "there are none"));
            return false;
        }
        Ran run = runTests();
        Set<String> missing = missing(names, run);
        if (!run.end().equals(new Exited(0))) {
            defects.add(new Defect(subject.tests(), 0, "tests", "the run ended with " + run.end()));
        }
        for (String test : missing) {
            defects.add(new Defect(subject.tests(), 0, "tests", test + " did not pass"));
        }
        return missing.isEmpty()
                && (!subject.parts().contains(Part.DISCRIMINATION) || failWithoutProgram(names));
    }

    /// The workspace is a copy, so the program can go.
    private boolean failWithoutProgram(List<String> names)
            throws NotReviewed, InterruptedException {
        try {
            Files.write(workspace.resolve(subject.program()), new byte[0]);
        } catch (IOException e) {
            throw new NotReviewed("the workspace cannot be written: " + e.getMessage());
        }
        boolean fail = !missing(names, runTests()).isEmpty();
        if (!fail) {
            defects.add(
                    new Defect(subject.tests(), 0, "tests", "they pass without a program as well"));
        }
        return fail;
    }

    /// Those that did not pass. A run that does not end well passes none.
    private static Set<String> missing(List<String> names, Ran ran) {
        Set<String> missing = new TreeSet<>(names);
        if (!ran.end().equals(new Exited(0))) {
            return missing;
        }
        Matcher matcher = OK.matcher(text(ran.errors()));
        while (matcher.find()) {
            missing.remove(matcher.group(1));
        }
        return missing;
    }

    /// Names of the tests, read from the file without running it.
    private List<String> testNames() throws NotReviewed, InterruptedException {
        Ran ran = run(ONE_RUN, PYTHON, "-I", "-B", "-c", StyleRules.TEST_NAMES, subject.tests());
        return ran.end().equals(new Exited(0)) ? text(ran.output()).lines().toList() : List.of();
    }

    private Ran runTests() throws NotReviewed, InterruptedException {
        return run(
                Limits.DEFAULT,
                PYTHON,
                "-I",
                "-B",
                "-m",
                "unittest",
                "discover",
                "-v",
                "-s",
                "/w",
                "-p",
                subject.tests());
    }

    /// @param undescribed whether there is nothing to read about the program, and that is what
    /// was to be made
    private record Marks(int style, int documentation, boolean undescribed) {}

    /// Reads the program as a tree, without running it.
    private Marks read() throws NotReviewed, InterruptedException {
        Ran ran =
                run(
                        ONE_RUN,
                        PYTHON,
                        "-I",
                        "-B",
                        "-c",
                        StyleRules.SCRIPT,
                        subject.program(),
                        subject.parts().contains(Part.README) ? subject.readme() : "");
        String report = text(ran.output());
        Matcher shares = SHARES.matcher(report);
        if (!ran.end().equals(new Exited(0)) || !shares.find()) {
            defects.add(new Defect(subject.program(), 0, "style", "the program cannot be read"));
            return new Marks(0, 0, true);
        }
        int findings = 0;
        for (String line : report.lines().toList()) {
            Matcher finding = FINDING.matcher(line);
            if (finding.matches()) {
                findings++;
                defects.add(
                        new Defect(
                                subject.program(),
                                Integer.parseInt(finding.group(1)),
                                finding.group(2),
                                finding.group(3)));
            }
        }
        return new Marks(
                Math.max(0, WHOLE - findings * OF_A_FINDING),
                share(Integer.parseInt(shares.group(1)), Integer.parseInt(shares.group(2))),
                report.contains(NO_README));
    }
}
