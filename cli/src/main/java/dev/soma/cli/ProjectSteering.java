package dev.soma.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Commands of `soma project` that steer projects which are there.
final class ProjectSteering {
    private ProjectSteering() {}

    /// `soma project pause`.
    @Command(
            name = "pause",
            mixinStandardHelpOptions = true,
            description = "Begins nothing of a project any more; what runs goes on.")
    static final class Pause implements Callable<Integer> {
        @Parameters(paramLabel = "PROJECT", description = "Its id.")
        private String project = "";

        @Override
        public Integer call() throws Exception {
            ProjectCommand.run().steer(project, "pause");
            return 0;
        }
    }

    /// `soma project resume`.
    @Command(
            name = "resume",
            mixinStandardHelpOptions = true,
            description = "Goes on with a paused project.")
    static final class Resume implements Callable<Integer> {
        @Parameters(paramLabel = "PROJECT", description = "Its id.")
        private String project = "";

        @Override
        public Integer call() throws Exception {
            ProjectCommand.run().steer(project, "resume");
            return 0;
        }
    }

    /// `soma project cancel`.
    @Command(
            name = "cancel",
            mixinStandardHelpOptions = true,
            description = "Stops a project; what is there is reported.")
    static final class Cancel implements Callable<Integer> {
        @Parameters(paramLabel = "PROJECT", description = "Its id.")
        private String project = "";

        @Override
        public Integer call() throws Exception {
            ProjectCommand.run().steer(project, "cancel");
            return 0;
        }
    }

    /// `soma project prioritise`.
    @Command(
            name = "prioritise",
            mixinStandardHelpOptions = true,
            description = "Lets a task begin before others, or after them.")
    static final class Prioritise implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "PROJECT", description = "Its id.")
        private String project = "";

        @Parameters(index = "1", paramLabel = "TASK", description = "The task.")
        private String task = "";

        @Parameters(index = "2", paramLabel = "1-5", description = "1 begins first, 5 last.")
        private int priority;

        @Override
        public Integer call() throws Exception {
            ProjectCommand.run().prioritise(project, task, priority);
            return 0;
        }
    }

    /// `soma project fork`.
    @Command(
            name = "fork",
            mixinStandardHelpOptions = true,
            description = {
                "Hands in a project that goes on from one that has ended, and follows it: what is made of the",
                "same is taken over, all else is done."
            })
    static final class Fork implements Callable<Integer> {
        @Parameters(index = "0", paramLabel = "PROJECT", description = "Id of the ended project.")
        private String project = "";

        @Parameters(index = "1", paramLabel = "NEW", description = "Id of the new one.")
        private String next = "";

        @Option(
                names = "--task",
                paramLabel = "TASK",
                description =
                        "Do this task again in any case, and what follows from it; may be repeated.")
        private List<String> tasks = List.of();

        @Option(
                names = "--specification",
                paramLabel = "FILE",
                description = "Another specification, with the id of the new project.")
        private @Nullable Path file;

        @Option(
                names = "--out",
                paramLabel = "FOLDER",
                description = "Write what is delivered there, with the report.")
        private @Nullable Path out;

        @Override
        public Integer call() throws Exception {
            ProjectRun run = ProjectCommand.run();
            run.fork(
                    project, next, tasks, file == null ? null : ProjectCommand.specification(file));
            String verdict = run.follow(next);
            if (out != null) {
                run.write(next, out);
            }
            return verdict.equals("SUCCEEDED") ? 0 : 1;
        }
    }

    /// `soma project queue`.
    @Command(
            name = "queue",
            mixinStandardHelpOptions = true,
            description = "Lists what waits for people, longest first.")
    static final class Queue implements Callable<Integer> {
        @Override
        public Integer call() throws Exception {
            ProjectCommand.run().queue();
            return 0;
        }
    }
}
