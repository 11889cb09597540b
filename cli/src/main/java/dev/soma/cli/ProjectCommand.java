package dev.soma.cli;

import dev.soma.devkit.Home;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `soma project`.
@Command(
        name = "project",
        mixinStandardHelpOptions = true,
        description = "Hands in projects and follows them.",
        subcommands = {
            ProjectCommand.Plan.class,
            ProjectCommand.Submit.class,
            ProjectCommand.Show.class,
            ProjectCommand.Decide.class,
            ProjectSteering.Queue.class,
            ProjectSteering.Pause.class,
            ProjectSteering.Resume.class,
            ProjectSteering.Prioritise.class,
            ProjectSteering.Cancel.class,
            ProjectSteering.Fork.class,
            ProjectCommand.Certify.class,
            ProjectCommand.Verify.class
        },
        footer = {
            "",
            "Examples:",
            "  ./soma project plan examples/calculator.yaml",
            "  ./soma project submit examples/calculator.yaml --out calculator",
            "  ./soma project show calculator",
            "  ./soma project queue",
            "  ./soma project decide calculator deliver",
            "  ./soma project fork calculator calculator2 --task tests",
            "  ./soma project certify openai/gpt --budget 2000000",
            "  ./soma project verify calculator"
        })
final class ProjectCommand {
    private ProjectCommand() {}

    static ProjectRun run() throws IOException {
        return new ProjectRun(Connection.read(Home.find()).app(), System.out::println);
    }

    /// `soma project plan`.
    @Command(
            name = "plan",
            mixinStandardHelpOptions = true,
            description = {
                "Shows what would be done for a specification and what it leaves open; starts nothing.",
                "The exit status is 0 only when everything that is asked for can be delivered."
            })
    static final class Plan implements Callable<Integer> {
        @Parameters(paramLabel = "FILE", description = "The specification.")
        private Path file = Path.of("");

        @Override
        public Integer call() throws Exception {
            return run().plan(specification(file)) ? 0 : 1;
        }
    }

    static byte[] specification(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new CommandException("there is no file " + file);
        }
        return Files.readAllBytes(file);
    }

    /// `soma project submit`.
    @Command(
            name = "submit",
            mixinStandardHelpOptions = true,
            description = {
                "Hands in the specification of a project (YAML or JSON) and follows it to its end.",
                "The exit status is 0 only when everything that was asked for was delivered."
            })
    static final class Submit implements Callable<Integer> {
        @Parameters(paramLabel = "FILE", description = "The specification.")
        private Path file = Path.of("");

        @Option(
                names = "--out",
                paramLabel = "FOLDER",
                description = "Write what is delivered there, with the report.")
        private @Nullable Path out;

        @Option(names = "--no-wait", description = "Only hand it in.")
        private boolean noWait;

        @Override
        public Integer call() throws Exception {
            ProjectRun run = run();
            String project = run.submit(specification(file));
            if (noWait) {
                return 0;
            }
            String verdict = run.follow(project);
            if (out != null) {
                run.write(project, out);
            }
            return verdict.equals("SUCCEEDED") ? 0 : 1;
        }
    }

    /// `soma project show`.
    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Tells where a project stands.")
    static final class Show implements Callable<Integer> {
        @Parameters(paramLabel = "PROJECT", description = "Its id.")
        private String project = "";

        @Option(
                names = "--out",
                paramLabel = "FOLDER",
                description = "Write what was delivered there, with the report.")
        private @Nullable Path out;

        @Override
        public Integer call() throws Exception {
            ProjectRun run = run();
            run.tell(project);
            if (out != null) {
                run.write(project, out);
            }
            return 0;
        }
    }

    /// What a person can say of a project that waits for one.
    enum Word {
        AMEND,
        APPROVE,
        DELIVER,
        REJECT,
        REWORK
    }

    /// `soma project decide`.
    @Command(
            name = "decide",
            mixinStandardHelpOptions = true,
            description = {
                "Says what becomes of a project, or a task, that waits for a person. The administrator says so,",
                "for nobody decides on what they have handed in."
            })
    static final class Decide implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "PROJECT", description = "Its id.")
        private String project = "";

        @Parameters(
                index = "1",
                paramLabel = "WORD",
                description =
                        "approve: the plan is carried out; amend: it is made anew of --specification; deliver: what can be delivered is, as part of what was asked; reject: nothing is;"
                                + " rework: a task is done again.")
        private Word word = Word.REJECT;

        @Option(
                names = "--task",
                paramLabel = "TASK",
                description = "The task that waits; without it the project is meant.")
        private String task = "";

        @Option(
                names = "--reason",
                paramLabel = "TEXT",
                description = "Why; it stands in the report.")
        private String reason = "";

        @Option(
                names = "--specification",
                paramLabel = "FILE",
                description = "The other specification, to amend a project.")
        private @Nullable Path file;

        @Override
        public Integer call() throws Exception {
            Connection connection = Connection.read(Home.find());
            new ProjectRun(connection.app(), System.out::println)
                    .decide(
                            connection,
                            project,
                            new ProjectRun.Said(
                                    word.name().toLowerCase(Locale.ROOT),
                                    task,
                                    reason,
                                    file == null ? "" : text(file)));
            return 0;
        }
    }

    private static String text(Path file) throws IOException {
        return new String(specification(file), StandardCharsets.UTF_8);
    }

    /// `soma project certify`.
    @Command(
            name = "certify",
            mixinStandardHelpOptions = true,
            description = {
                "Lets a model show whether it can write programs: twenty probes, drawn at random and judged by",
                "the same gate as everything. Four of five have to be right before it may write in projects."
            })
    static final class Certify implements Callable<Integer> {
        @Parameters(paramLabel = "MODEL", description = "Its address, as GET /v1/models has it.")
        private String model = "";

        @Option(
                names = "--budget",
                paramLabel = "TOKENS",
                description = "What may be spent; ${DEFAULT-VALUE} unless told.",
                defaultValue = "1000000")
        private long budget;

        @Override
        public Integer call() throws Exception {
            return run().certify(model, budget) ? 0 : 1;
        }
    }

    /// `soma project verify`.
    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description = {
                "Checks delivered files and their report, without the platform: the chain of the report's entries,",
                "each file against the entry that names it, and the report against the log's signed receipt."
            })
    static final class Verify implements Callable<Integer> {
        @Parameters(paramLabel = "FOLDER", description = "What `submit --out` wrote.")
        private Path folder = Path.of("");

        @Option(
                names = "--key",
                description =
                        "File with the log's verifier key that you trust (default: this node's).")
        private @Nullable Path key;

        @Override
        public Integer call() throws Exception {
            List<String> faults = new ArrayList<>(ReportCheck.of(folder));
            Path trusted = key == null ? AuditCommand.key(Home.find()) : key;
            boolean signed =
                    Files.isReadable(folder.resolve(ReportCheck.RECEIPT))
                            && Files.isReadable(trusted);
            if (signed) {
                faults.addAll(ReportCheck.signature(folder, AuditReceiptCommand.vkey(trusted)));
            }
            faults.forEach(fault -> System.out.println("NOT what was delivered: " + fault));
            if (faults.isEmpty()) {
                System.out.println("the report's chain holds, and every file is the one it names");
                System.out.println(
                        signed
                                ? "the audit log, signed by the trusted key, says the same"
                                : "no receipt or no key: what the audit log says was not checked");
            }
            return faults.isEmpty() ? 0 : 1;
        }
    }
}
