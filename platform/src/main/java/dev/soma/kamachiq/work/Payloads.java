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
    /// @param by who handed it in, and how
    /// @param epoch counts the runs of the project, from 1; one that lost its engine runs again
    /// @param told how many happenings earlier runs have told
    /// @param fork what it goes on from
    public record ProjectOrder(
            String tenant,
            String project,
            String spec,
            Submitter by,
            int epoch,
            long told,
            Fork fork) {
        /// The first run of a project that begins with nothing.
        public ProjectOrder(String tenant, String project, String spec, Submitter by) {
            this(tenant, project, spec, by, Fork.NONE);
        }

        /// The first run.
        public ProjectOrder(String tenant, String project, String spec, Submitter by, Fork fork) {
            this(tenant, project, spec, by, 1, 0, fork);
        }

        /// The same run with another specification.
        ProjectOrder reworded(String digest) {
            return new ProjectOrder(tenant, project, digest, by, epoch, told, fork);
        }
    }

    /// An ended project whose work another takes over, as far as nothing about it has changed.
    ///
    /// @param project its id; empty for none
    /// @param spec digest of its specification
    /// @param report digest of its report
    /// @param anew tasks that are done again in any case, and with them what follows from them
    public record Fork(String project, String spec, String report, List<String> anew) {
        public static final Fork NONE = new Fork("", "", "", List.of());

        public Fork {
            anew = List.copyOf(anew);
        }
    }

    /// Work that is taken over.
    ///
    /// @param by who let it pass, the `gate` or a `person`
    /// @param files digests by path
    public record Kept(String task, String by, Map<String, String> files) {
        public Kept {
            files = unmodifiableCopy(files);
        }
    }

    /// On whose behalf a project acts.
    ///
    /// @param capabilities of the submitting credential that the project may use; it loses those
    /// that its user loses
    /// @param trace W3C trace context of the submission
    public record Submitter(String user, List<String> capabilities, String trace) {
        public Submitter {
            capabilities = List.copyOf(capabilities);
        }
    }

    /// What decomposition made of a specification.
    ///
    /// @param problem why there is no plan; empty when there is one
    /// @param gaps what is asked for and not covered, in words; empty when everything is
    /// @param deliversPartly whether what is covered may be delivered without asking
    /// @param model that writes; empty where the library does
    /// @param wording model that words what the library leaves open; empty for the usual words
    /// @param cheaper model that writes when the money runs low; empty for none
    /// @param reader model that says what the text means; empty where nobody is asked
    /// @param concern what a person has to agree to besides; empty for nothing
    /// @param needsApproval whether a person has to agree to it before anything is done
    public record Plan(
            String problem,
            List<String> gaps,
            List<PlannedTask> tasks,
            long timeoutMinutes,
            boolean deliversPartly,
            String model,
            String wording,
            String cheaper,
            String reader,
            String concern,
            boolean needsApproval) {
        public Plan {
            gaps = List.copyOf(gaps);
            tasks = List.copyOf(tasks);
        }
    }

    /// One try of a task.
    ///
    /// @param generation counts tries, from 1
    /// @param effects counts the tries that do their work anew; a try that only goes on where a
    /// person or the rules had stopped it has the number of the one before
    /// @param model that writes; empty where the library does
    /// @param wording model that words what the library leaves open; empty for the usual words
    /// @param inputs digests of the files that tasks before it made, by path
    /// @param feedback digest of the review that sent it back; empty the first time
    /// @param approval by which a person allowed what had been stopped; empty without one
    public record TaskOrder(
            ProjectOrder project,
            PlannedTask task,
            int generation,
            int effects,
            String model,
            String wording,
            Map<String, String> inputs,
            String feedback,
            String approval) {
        public TaskOrder {
            inputs = unmodifiableCopy(inputs);
        }
    }

    /// Who does a task, and with what.
    ///
    /// @param capsule that does it; empty where a model does
    /// @param conversation digest of what the model is told first; empty where none is asked
    public record Agent(String persona, String capsule, String conversation) {}

    /// What the rules are asked.
    ///
    /// @param task empty for the project as a whole
    /// @param approval by which a person allowed it; empty without one
    public record RulingOrder(ProjectOrder project, String task, String persona, String approval) {}

    /// What the rules say.
    ///
    /// @param decision id of the recorded decision; empty where nothing could be recorded
    /// @param rules that were met
    /// @param approval id of the approval that is waited for; empty when no person is
    /// @param detail for people
    public record Ruling(
            Word word, String decision, List<String> rules, String approval, String detail) {
        public Ruling {
            rules = List.copyOf(rules);
        }
    }

    /// The three ways.
    public enum Word {
        ALLOW,
        /// Never, under the rules that are in force.
        DENY,
        /// Not now: a person has to say so, something is stopped, or nothing could be judged.
        BLOCK
    }

    /// One step of a model.
    ///
    /// @param step counted from 0
    /// @param conversation digest of the messages so far
    /// @param brief whether the model is told no more of earlier answers of tools, to save money
    public record StepOrder(
            TaskOrder order, int step, String conversation, Form form, boolean brief) {}

    /// What a model is to answer with.
    public enum Form {
        /// Calls of tools.
        TOOLS,
        /// A few words.
        WORDS,
        /// A specification in sentences that the library reads.
        READING
    }

    /// What a model understood.
    ///
    /// @param problem why it is not taken; empty when it is
    /// @param spec digest of the specification in its words; empty where it is not taken
    /// @param text those words
    public record Understood(String problem, String spec, String text) {}

    /// What came of a step.
    ///
    /// @param conversation digest of the messages with the model's own
    /// @param calls what the rules say of each tool that it calls
    /// @param stop what ends the task, when something does
    public record StepDone(String conversation, List<Ruling> calls, Stop stop, Spent spent) {
        /// Nothing was asked.
        static final StepDone NONE = new StepDone("", List.of(), Stop.NONE, Spent.NOTHING);

        public StepDone {
            calls = List.copyOf(calls);
        }
    }

    /// What models have cost by now.
    ///
    /// @param tokens that the task took
    /// @param share of what the project's tasks may spend that is spent, in basis points
    public record Spent(long tokens, int share) {
        static final Spent NOTHING = new Spent(0, 0);
    }

    /// Why a task does not go on.
    ///
    /// @param approval that is waited for; empty when no person is
    /// @param begun whether the step had begun, so that the next one is another and not the same
    public record Stop(Why why, String detail, String approval, boolean begun) {
        public static final Stop NONE = new Stop(Why.NONE, "", "");

        /// Nothing had begun.
        public Stop(Why why, String detail, String approval) {
            this(why, detail, approval, false);
        }

        public static Stop failed(String detail) {
            return new Stop(Why.FAILED, detail, "");
        }

        /// The same of a step that had begun.
        public Stop afterBeginning() {
            return new Stop(why, detail, approval, true);
        }
    }

    /// Kinds of stops.
    public enum Why {
        NONE,
        /// The try failed; another may succeed.
        FAILED,
        /// The rules forbid it.
        DENIED,
        /// The rules do not allow it for now.
        BLOCKED,
        /// There is no money left.
        EXHAUSTED
    }

    /// One tool call of a model.
    ///
    /// @param call which of the last message, from 0
    /// @param files of the agent so far, digests by path
    /// @param forbidden what the rules have against it, so that it is only told; empty for nothing
    public record ToolOrder(
            TaskOrder order,
            String conversation,
            int call,
            Map<String, String> files,
            String forbidden) {
        public ToolOrder {
            files = unmodifiableCopy(files);
        }
    }

    /// What came of a tool call.
    ///
    /// @param state digest of what the call led to
    /// @param finished whether the agent says that it is done
    public record ToolDone(
            String conversation, Map<String, String> files, String state, boolean finished) {
        public ToolDone {
            files = unmodifiableCopy(files);
        }
    }

    /// What a task made.
    ///
    /// @param files digests by path
    /// @param review what its review found; empty where there was none
    /// @param stop why it made nothing
    /// @param wording what became of a model's words in it; empty where none were asked for
    public record TaskResult(
            Map<String, String> files,
            List<ReviewResult> review,
            Stop stop,
            String wording,
            Spent spent) {
        public TaskResult {
            files = unmodifiableCopy(files);
            review = List.copyOf(review);
        }

        public static TaskResult stopped(Stop stop) {
            return new TaskResult(Map.of(), List.of(), stop, "", Spent.NOTHING);
        }

        /// The same, with what is spent by now.
        TaskResult costing(Spent spent) {
            return new TaskResult(files, review, stop, wording, spent);
        }
    }

    /// Work to be reviewed.
    ///
    /// @param task whose work it is; empty for the work as a whole
    /// @param model that wrote it; empty where the library did
    public record ReviewOrder(
            ProjectOrder project, String task, String model, Map<String, String> files) {
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

    /// What goes into the report, besides everything that was written down.
    ///
    /// @param review digest of the review of the whole; empty when there was none
    /// @param model that wrote; empty where the library did
    /// @param wording model that worded what the library left open; empty for none
    public record ReportOrder(
            ProjectOrder project,
            String verdict,
            List<String> reasons,
            Map<String, String> files,
            String review,
            String model,
            String wording) {
        public ReportOrder {
            reasons = List.copyOf(reasons);
            files = unmodifiableCopy(files);
        }
    }

    /// What happened since it was told last.
    ///
    /// @param first number of the first, counted from 0 in each project
    public record Announcement(ProjectOrder project, long first, List<Happening> happenings) {
        public Announcement {
            happenings = List.copyOf(happenings);
        }
    }

    /// Something that happened in a project.
    ///
    /// @param kind such as `TASK`, `REVIEW`, `RULING`, `WAITS`, `PERSON`
    /// @param task empty when it is about the project
    /// @param facts in words and digests
    /// @param atMillis since 1970
    public record Happening(String kind, String task, Map<String, String> facts, long atMillis) {
        public Happening {
            facts = unmodifiableCopy(facts);
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
    ///
    /// @param waits what waits for a person, or for the rules, by task; the empty task is the
    /// project
    public record ProjectStatus(
            String phase,
            Map<String, String> states,
            List<String> reasons,
            boolean paused,
            Map<String, String> waits) {
        public ProjectStatus {
            states = unmodifiableCopy(states);
            reasons = List.copyOf(reasons);
            waits = unmodifiableCopy(waits);
        }
    }

    /// A task that is to begin before others, or after them.
    ///
    /// @param priority 1 (first) to 5
    /// @param by who says so
    public record Urgency(String task, int priority, String by) {}

    /// A model that is to show whether it can write programs.
    ///
    /// @param account name of the project that pays for it
    /// @param budgetTokens that may be spent
    public record CertificateOrder(
            String tenant, String account, String model, long budgetTokens, Submitter by) {}

    /// What became of one probe.
    ///
    /// @param spec digest of its specification
    /// @param stop why nothing was made; empty when something was
    public record ProbeResult(String spec, int basisPoints, boolean approved, String stop) {}

    /// What a model has shown.
    ///
    /// @param report digest of all results
    public record Shown(String model, int passed, int probes, String report) {
        /// Whether that is at least four fifths.
        public boolean suffices() {
            return probes > 0 && passed * 5L >= probes * 4L;
        }
    }

    /// A person's word.
    ///
    /// @param task that waits; empty for the project as a whole
    /// @param choice what is to be done
    /// @param by who says so; never who handed the project in
    /// @param reason in their words
    /// @param spec digest of another specification; empty unless that is what is said
    public record HumanWord(String task, Choice choice, String by, String reason, String spec) {
        public HumanWord(String task, Choice choice, String by, String reason) {
            this(task, choice, by, reason, "");
        }
    }

    /// What a person can choose.
    public enum Choice {
        /// The plan is to be carried out.
        APPROVE,
        /// It is to be planned anew, of another specification.
        AMEND,
        /// What is there is delivered.
        DELIVER,
        REJECT,
        /// It is to be done again, with the reason as feedback.
        REWORK
    }
}
