package dev.soma.kamachiq.gate;

import dev.soma.kamachiq.sandbox.Captured;
import dev.soma.kamachiq.sandbox.Limits;
import dev.soma.kamachiq.sandbox.Sandbox;
import dev.soma.kamachiq.sandbox.Sandbox.End.Exited;
import dev.soma.kamachiq.sandbox.Sandbox.Job;
import dev.soma.kamachiq.sandbox.Sandbox.Result.Ran;
import dev.soma.kamachiq.sandbox.Sandbox.Result.Unavailable;
import dev.soma.kernel.Digest;
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
    private static final String PYTHON = "/usr/bin/python3";

    private static final int WHOLE = 10_000;
    private static final int OF_A_FINDING = 500;
    private static final int SHOWN = 200;
    private static final Limits ONE_RUN = Limits.DEFAULT.within(Duration.ofSeconds(10));
    private static final Pattern OK = Pattern.compile("(?m)^(test_\\w+) \\([^)]*\\) \\.\\.\\. ok$");
    private static final Pattern FINDING = Pattern.compile("(\\d+)\t([a-z-]+)\t(.*)");
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
    /// @param testNames tests that have to pass, by method
    /// @param checks runs from the outside
    public record Subject(
            String program, String tests, List<String> testNames, List<Check> checks) {
        public Subject {
            testNames = List.copyOf(testNames);
            checks = List.copyOf(checks);
        }
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
        Map<String, Boolean> criteria = new HashMap<>();
        int passed = 0;
        for (Check check : subject.checks()) {
            boolean passes = passes(check);
            passed += passes ? 1 : 0;
            criteria.merge(check.criterion(), passes, Boolean::logicalAnd);
        }
        boolean tested = testsPass();
        int complete = (int) criteria.values().stream().filter(passes -> passes).count();
        Marks marks = read();
        QualityScore score =
                new QualityScore(
                        share(complete, criteria.size()),
                        share(passed, subject.checks().size()),
                        marks.style(),
                        marks.documentation());
        boolean faulty = !tested || passed < subject.checks().size();
        return new Review(
                score,
                score.basisPoints(faulty),
                faulty,
                subject.checks().size(),
                passed,
                defects,
                HexFormat.of().formatHex(evidence.digest()));
    }

    /// Nothing of nothing is nothing: work that nobody can check is not complete.
    private static int share(int part, int whole) {
        return whole == 0 ? 0 : (int) ((long) part * WHOLE / whole);
    }

    private Ran run(Limits limits, String... command) throws NotReviewed, InterruptedException {
        Sandbox.Result result =
                sandbox.run(new Job(List.of(command), new byte[0], workspace, limits));
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
        List<String> command =
                Stream.concat(
                                Stream.of(PYTHON, "-I", "-B", subject.program()),
                                check.arguments().stream())
                        .toList();
        note(command.toString());
        Ran ran = run(ONE_RUN, command.toArray(String[]::new));
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
                                            shown(check.arguments().toString()),
                                            what,
                                            shown(found),
                                            shown(expected))));
        }
    }

    private static String shown(String text) {
        String line = text.replace("\n", "\\n");
        return "'" + (line.length() > SHOWN ? line.substring(0, SHOWN) + "..." : line) + "'";
    }

    private boolean testsPass() throws NotReviewed, InterruptedException {
        Ran ran =
                run(
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
        Set<String> missing = new TreeSet<>(subject.testNames());
        Matcher matcher = OK.matcher(text(ran.errors()));
        while (matcher.find()) {
            missing.remove(matcher.group(1));
        }
        if (subject.testNames().isEmpty()) {
            defects.add(new Defect(subject.tests(), 0, "tests", "there are none"));
        }
        for (String test : missing) {
            defects.add(new Defect(subject.tests(), 0, "tests", test + " did not pass"));
        }
        boolean ended = ran.end().equals(new Exited(0));
        if (!ended) {
            defects.add(new Defect(subject.tests(), 0, "tests", "the run ended with " + ran.end()));
        }
        return ended && missing.isEmpty() && !subject.testNames().isEmpty();
    }

    private record Marks(int style, int documentation) {}

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
                        "README.md");
        String report = text(ran.output());
        Matcher shares = SHARES.matcher(report);
        if (!ran.end().equals(new Exited(0)) || !shares.find()) {
            defects.add(new Defect(subject.program(), 0, "style", "the program cannot be read"));
            return new Marks(0, 0);
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
                share(Integer.parseInt(shares.group(1)), Integer.parseInt(shares.group(2))));
    }
}
