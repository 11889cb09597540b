package dev.soma.kamachiq.work;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What workflows and activities hand each other: digests, names and numbers, at most a few
/// kilobytes.
public final class Payloads {
    private Payloads() {}

    /// In an order that every replay repeats.
    private static Map<String, String> unmodifiableCopy(Map<String, String> texts) {
        return Collections.unmodifiableMap(new TreeMap<>(texts));
    }

    /// A project that was handed in.
    ///
    /// @param spec digest of the specification's bytes
    public record ProjectOrder(String tenant, String project, String spec) {}

    /// A task of a plan, as its workflow needs it.
    public record PlannedTask(
            String id,
            String type,
            List<String> dependencies,
            long estimatedSeconds,
            boolean required) {
        public PlannedTask {
            dependencies = List.copyOf(dependencies);
        }
    }

    /// What decomposition made of a specification.
    ///
    /// @param problem why there is no plan; empty when there is one
    /// @param gaps what is asked for and not covered, in words; empty when everything is
    /// @param deliversPartly whether what is covered may be delivered without asking
    public record Plan(
            String problem,
            List<String> gaps,
            List<PlannedTask> tasks,
            long timeoutMinutes,
            boolean deliversPartly) {
        public Plan {
            gaps = List.copyOf(gaps);
            tasks = List.copyOf(tasks);
        }
    }

    /// One try of a task.
    ///
    /// @param generation counts tries, from 1
    /// @param inputs digests of the files that tasks before it made, by path
    public record TaskOrder(
            ProjectOrder project, String task, int generation, Map<String, String> inputs) {
        public TaskOrder {
            inputs = unmodifiableCopy(inputs);
        }
    }

    /// Who does a task, and with what.
    public record Agent(String persona, String capsule) {}

    /// What a task made.
    ///
    /// @param files digests by path
    /// @param failure why it made nothing; empty when it did
    public record TaskResult(Map<String, String> files, String failure) {
        public TaskResult {
            files = unmodifiableCopy(files);
        }
    }

    /// Work as a whole, to be reviewed.
    public record ReviewOrder(ProjectOrder project, Map<String, String> files) {
        public ReviewOrder {
            files = unmodifiableCopy(files);
        }
    }

    /// @param review digest of all that was found
    /// @param defects the first few, in words
    public record ReviewResult(
            int basisPoints, boolean approved, String review, List<String> defects) {
        public ReviewResult {
            defects = List.copyOf(defects);
        }
    }

    /// What goes into the report.
    ///
    /// @param states of every task, by id
    /// @param review digest of the review; empty when there was none
    public record ReportOrder(
            ProjectOrder project,
            String verdict,
            List<String> reasons,
            Map<String, String> states,
            Map<String, String> files,
            String review) {
        public ReportOrder {
            reasons = List.copyOf(reasons);
            states = unmodifiableCopy(states);
            files = unmodifiableCopy(files);
        }
    }

    /// What became of a project.
    ///
    /// @param verdict such as `SUCCEEDED`; only that is green
    /// @param report digest of the report
    /// @param files digests of what is delivered, by path
    public record ProjectResult(
            String verdict, String report, Map<String, String> files, List<String> reasons) {
        public ProjectResult {
            files = unmodifiableCopy(files);
            reasons = List.copyOf(reasons);
        }
    }

    /// Where a project stands.
    public record ProjectStatus(
            String phase, Map<String, String> states, List<String> reasons, boolean paused) {
        public ProjectStatus {
            states = unmodifiableCopy(states);
            reasons = List.copyOf(reasons);
        }
    }
}
