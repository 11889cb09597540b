package dev.soma.kamachiq.work;

import dev.soma.kamachiq.plan.TaskState;
import dev.soma.kamachiq.plan.TaskType;
import dev.soma.kamachiq.plan.Verdict;
import dev.soma.kamachiq.work.Payloads.Choice;
import dev.soma.kamachiq.work.Payloads.Form;
import dev.soma.kamachiq.work.Payloads.HumanWord;
import dev.soma.kamachiq.work.Payloads.Plan;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kamachiq.work.Payloads.ProjectStatus;
import dev.soma.kamachiq.work.Payloads.ReportOrder;
import dev.soma.kamachiq.work.Payloads.ReviewOrder;
import dev.soma.kamachiq.work.Payloads.ReviewResult;
import dev.soma.kamachiq.work.Payloads.Ruling;
import dev.soma.kamachiq.work.Payloads.RulingOrder;
import dev.soma.kamachiq.work.Payloads.StepDone;
import dev.soma.kamachiq.work.Payloads.StepOrder;
import dev.soma.kamachiq.work.Payloads.TaskOrder;
import dev.soma.kamachiq.work.Payloads.Understood;
import dev.soma.kamachiq.work.Payloads.Urgency;
import dev.soma.kamachiq.work.Payloads.Why;
import dev.soma.kamachiq.work.Payloads.Word;
import io.temporal.failure.CanceledFailure;
import io.temporal.failure.TemporalFailure;
import io.temporal.workflow.CancellationScope;
import io.temporal.workflow.Workflow;
import io.temporal.workflow.WorkflowInit;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// [ProjectWorkflow].
public class Project implements ProjectWorkflow {
    static final String PLANNER = "planner";
    private static final String READING = "reading";
    private static final String WAITING = "AWAITING_HUMAN";
    private static final String BLOCKED = "BLOCKED_POLICY";
    private static final Set<Choice> ON_PLAN =
            EnumSet.of(Choice.APPROVE, Choice.AMEND, Choice.REJECT);
    private static final Set<Choice> ON_GAPS =
            EnumSet.of(Choice.DELIVER, Choice.AMEND, Choice.REJECT);
    private static final Set<Choice> ON_WORK = EnumSet.of(Choice.DELIVER, Choice.REJECT);

    private ProjectOrder order;
    private final Chronicle chronicle;
    private final Visibility visibility = new Visibility();
    private @Nullable Execution execution;
    private @Nullable CancellationScope work;
    private @Nullable HumanWord word;
    private Set<Choice> choices = Set.of();
    private Plan plan = Planning.impossible("");
    private String phase = "INTAKE";
    /// A message may come before the first line of [#run], so everything has its value here.
    private String waitsFor = "";
    private boolean paused;
    private boolean cancelled;
    private boolean over;

    @WorkflowInit
    public Project(ProjectOrder order) {
        this.order = order;
        this.chronicle = new Chronicle(order.told());
    }

    @Override
    public ProjectResult run(ProjectOrder same) {
        visibility.begin(order.tenant());
        Outcome[] outcome = {new Outcome(Verdict.FAILED, "")};
        CancellationScope scope = Workflow.newCancellationScope(() -> outcome[0] = carryOut());
        work = scope;
        if (cancelled) {
            scope.cancel();
        }
        try {
            scope.run();
        } catch (CanceledFailure stopped) {
            outcome[0] = stopped();
        } catch (TemporalFailure failure) {
            outcome[0] = isCancelled(failure) ? stopped() : broken(failure);
        }
        ProjectResult[] result = new ProjectResult[1];
        Workflow.newDetachedCancellationScope(() -> result[0] = report(outcome[0])).run();
        return result[0];
    }

    private static boolean isCancelled(TemporalFailure failure) {
        return failure.getCause() instanceof CanceledFailure;
    }

    private Outcome stopped() {
        Optional.ofNullable(execution).ifPresent(Execution::stop);
        chronicle.tell("the project was cancelled");
        return new Outcome(Verdict.CANCELLED, "");
    }

    private Outcome broken(TemporalFailure failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        chronicle.tell(String.valueOf(cause.getMessage()));
        return new Outcome(Verdict.FAILED, "");
    }

    /// @param review digest of the review, where there was one
    private record Outcome(Verdict verdict, String review) {}

    private Outcome carryOut() {
        if (order.epoch() > 1) {
            chronicle.note("ADOPTED", "", Map.of("epoch", "" + order.epoch()));
        }
        Optional<Outcome> ended = prepared();
        if (ended.isPresent()) {
            return ended.get();
        }
        Duration time = time();
        visibility.deadline(time);
        Execution tasks = new Execution(order, plan, chronicle, this::show);
        execution = tasks;
        if (paused) {
            tasks.pause();
        }
        enter("EXECUTE");
        if (!order.fork().project().isEmpty()) {
            tasks.keep(order.fork().project(), Stubs.planning().inherit(order));
        }
        Verdict verdict = tasks.run(time);
        return verdict == Verdict.SUCCEEDED || verdict == Verdict.PARTIAL
                ? integrate(verdict, tasks.files(), plan, time)
                : new Outcome(verdict, "");
    }

    private Duration time() {
        return Duration.ofMinutes(plan.timeoutMinutes());
    }

    /// What follows when the plan has been looked at.
    private enum Next {
        CARRY_OUT,
        /// The specification is another now.
        PLAN_AGAIN,
        END
    }

    /// Until there is a plan that may be carried out.
    ///
    /// @return how the project ended before; empty when it goes on
    private Optional<Outcome> prepared() {
        Next next = Next.PLAN_AGAIN;
        while (next == Next.PLAN_AGAIN) {
            if (!mayBegin()) {
                return Optional.of(new Outcome(Verdict.REJECTED, ""));
            }
            enter("PLAN");
            plan = Stubs.planning().decompose(order);
            if (!plan.problem().isEmpty()) {
                chronicle.tell(plan.problem());
                return Optional.of(new Outcome(Verdict.FAILED, ""));
            }
            next = plan.reader().isEmpty() ? Next.CARRY_OUT : understood();
            next = next == Next.CARRY_OUT ? looked() : next;
        }
        return next == Next.END ? Optional.of(new Outcome(Verdict.REJECTED, "")) : Optional.empty();
    }

    /// People decide about what is not covered, and about what they wanted to see first.
    private Next looked() {
        chronicle.tell(plan.gaps());
        String open = open();
        if (!open.isEmpty()) {
            HumanWord said = ask(time(), open, ON_GAPS);
            if (said.choice() != Choice.DELIVER || plan.tasks().isEmpty()) {
                return amended(said);
            }
        }
        String why = plan.needsApproval() ? "the plan has to be approved" : plan.concern();
        if (why.isEmpty()) {
            return Next.CARRY_OUT;
        }
        HumanWord said = ask(time(), why, ON_PLAN);
        return said.choice() == Choice.APPROVE ? Next.CARRY_OUT : amended(said);
    }

    /// A model may try what the library does not have; a person looks at it afterwards.
    ///
    /// @return what has to be decided before; empty when nothing has
    private String open() {
        if (plan.tasks().isEmpty()) {
            return "nothing can be made; decide what becomes of the project";
        }
        boolean mayStay = plan.gaps().isEmpty() || plan.deliversPartly() || !plan.model().isEmpty();
        return mayStay ? "" : "part of the specification is not covered";
    }

    private Next amended(HumanWord said) {
        if (said.choice() != Choice.AMEND) {
            return Next.END;
        }
        chronicle.forget(plan.gaps());
        order = order.reworded(said.spec());
        return Next.PLAN_AGAIN;
    }

    /// The rules judge the specification before anything is paid for.
    private boolean mayBegin() {
        RulingOrder question = new RulingOrder(order, "", PLANNER, "");
        Ruling ruling = Stubs.ruling().evaluate(question);
        while (ruling.word() == Word.BLOCK) {
            waitsFor = ruling.detail();
            enter(BLOCKED);
            Ruling changed = Stubs.waiting().await(question, ruling);
            ruling =
                    changed.word() == Word.ALLOW
                            ? Stubs.ruling()
                                    .evaluate(
                                            new RulingOrder(order, "", PLANNER, changed.approval()))
                            : changed;
            waitsFor = "";
        }
        chronicle.note(
                "RULING", "", Map.of("word", ruling.word().name(), "decision", ruling.decision()));
        if (ruling.word() == Word.DENY) {
            chronicle.tell("the rules forbid the project: " + ruling.detail());
        }
        return ruling.word() == Word.ALLOW;
    }

    /// A model says what the specification means in words that the library reads. Where that cannot
    /// be taken, the words stay as they are.
    private Next understood() {
        String reader = plan.reader();
        Understood read = read(reader);
        chronicle.note(
                "READING",
                "",
                Map.of("model", reader, "problem", read.problem(), "spec_sha256", read.spec()));
        if (!read.problem().isEmpty()) {
            chronicle.tell("the reading of a model was not taken: " + read.problem());
            return Next.CARRY_OUT;
        }
        HumanWord said = ask(time(), "a model read it as: " + read.text(), ON_PLAN);
        if (said.choice() != Choice.APPROVE) {
            return amended(said);
        }
        order = order.reworded(read.spec());
        return Next.PLAN_AGAIN;
    }

    private Understood read(String reader) {
        Ruling ruling = Stubs.ruling().evaluate(new RulingOrder(order, READING, PLANNER, ""));
        if (ruling.word() != Word.ALLOW) {
            return new Understood("the rules do not let a model read it", "", "");
        }
        PlannedTask task = PlannedTask.of(READING, TaskType.DESIGN, List.of());
        TaskOrder step = new TaskOrder(order, task, 1, 1, "", reader, Map.of(), "", "");
        StepDone said =
                Stubs.step()
                        .step(
                                new StepOrder(
                                        step, 0, Stubs.planning().ask(order), Form.READING, false));
        return said.stop().why() == Why.NONE
                ? Stubs.planning().understand(order, said.conversation())
                : new Understood(said.stop().detail(), "", "");
    }

    /// Waits for a person, no longer than the project has.
    ///
    /// @param open what may be chosen
    private HumanWord ask(Duration time, String why, Set<Choice> open) {
        String before = phase;
        waitsFor = why;
        choices = open;
        enter(WAITING);
        word = null;
        chronicle.note("WAITS", "", Map.of("why", why));
        chronicle.flush(order);
        boolean answered =
                Patience.await(
                        time,
                        () -> word != null,
                        kind -> {
                            chronicle.note(kind, "", Map.of("why", why));
                            chronicle.flush(order);
                        });
        HumanWord said = word;
        waitsFor = "";
        enter(before);
        if (!answered || said == null) {
            chronicle.note("EXPIRED", "", Map.of("why", why));
            chronicle.tell("nobody decided in time");
            return new HumanWord("", Choice.REJECT, "", "");
        }
        chronicle.person(said);
        return said;
    }

    private Outcome integrate(
            Verdict verdict, Map<String, String> files, Plan plan, Duration time) {
        enter("INTEGRATE");
        ReviewResult review =
                Stubs.review().evaluate(new ReviewOrder(order, "", plan.model(), files));
        chronicle.review("", "whole", review, review.approved() ? "approved" : "human");
        chronicle.tell(review.defects());
        boolean unchecked = !plan.gaps().isEmpty() && !plan.model().isEmpty();
        if (!review.approved() || unchecked) {
            String why =
                    review.approved()
                            ? "a model wrote what nothing can check"
                            : "the work as a whole has a score of " + review.basisPoints();
            boolean deliver = ask(time, why, ON_WORK).choice() == Choice.DELIVER;
            return new Outcome(deliver ? Verdict.PARTIAL : Verdict.REJECTED, review.review());
        }
        return new Outcome(plan.gaps().isEmpty() ? verdict : Verdict.PARTIAL, review.review());
    }

    private ProjectResult report(Outcome outcome) {
        over = true;
        enter("FINALIZE");
        ReportOrder wanted =
                new ReportOrder(
                        order,
                        outcome.verdict().name(),
                        chronicle.reasons(),
                        files(),
                        outcome.review(),
                        plan.model(),
                        plan.wording());
        chronicle.flush(order);
        try {
            return Stubs.reporting().finish(wanted);
        } finally {
            enter(outcome.verdict().name());
        }
    }

    private void enter(String next) {
        phase = next;
        show();
    }

    /// Lets the project be found by how it stands.
    private void show() {
        boolean awaiting =
                !over
                        && (phase.equals(WAITING)
                                || Optional.ofNullable(execution)
                                                .map(tasks -> tasks.count(TaskState.AWAITING_HUMAN))
                                                .orElse(0L)
                                        > 0);
        long blocked =
                over
                        ? 0
                        : Optional.ofNullable(execution)
                                .map(tasks -> tasks.count(TaskState.BLOCKED_POLICY))
                                .orElse(phase.equals(BLOCKED) ? 1L : 0L);
        long spent = Optional.ofNullable(execution).map(Execution::spentPercent).orElse(0L);
        visibility.show(new Visibility.Shown(phase, awaiting, blocked, spent));
    }

    private Map<String, String> files() {
        return Optional.ofNullable(execution).map(Execution::files).orElse(Map.of());
    }

    @Override
    public ProjectStatus status() {
        Map<String, String> waits = new TreeMap<>();
        if (!over) {
            Optional.ofNullable(execution).ifPresent(tasks -> waits.putAll(tasks.waits()));
            Optional.of(waitsFor)
                    .filter(why -> !why.isEmpty())
                    .ifPresent(why -> waits.put("", why));
        }
        boolean still = Optional.ofNullable(execution).map(Execution::isPaused).orElse(paused);
        return new ProjectStatus(
                phase,
                Optional.ofNullable(execution).map(Execution::states).orElse(Map.of()),
                chronicle.reasons(),
                still,
                waits);
    }

    @Override
    public ProjectOrder order() {
        return order;
    }

    @Override
    public ProjectGraph graph() {
        return Optional.ofNullable(execution)
                .map(Execution::graph)
                .orElseGet(
                        () ->
                                new ProjectGraph(
                                        plan.tasks().stream()
                                                .map(ProjectGraph.Task::idle)
                                                .toList()));
    }

    @Override
    public void reprioritise(Urgency urgency) {
        Optional.ofNullable(execution).ifPresent(tasks -> tasks.prioritise(urgency));
    }

    @Override
    public void mayReprioritise(Urgency urgency) {
        Execution tasks = execution;
        if (tasks == null || !tasks.isOpen(urgency.task())) {
            throw new IllegalStateException("no task that is not over has this name");
        }
    }

    @Override
    public void pause() {
        paused = true;
        Optional.ofNullable(execution).ifPresent(Execution::pause);
    }

    @Override
    public void resume() {
        paused = false;
        Optional.ofNullable(execution).ifPresent(Execution::resume);
    }

    @Override
    public void cancel() {
        cancelled = true;
        Optional.ofNullable(work).ifPresent(CancellationScope::cancel);
    }

    @Override
    public void decide(HumanWord said) {
        Execution tasks = execution;
        if (said.task().isEmpty() || tasks == null) {
            word = said;
        } else {
            tasks.decided(said);
        }
    }

    @Override
    public void mayDecide(HumanWord said) {
        if (said.by().equals(order.by().user())) {
            throw new IllegalStateException("who handed a project in does not decide on it");
        }
        Execution tasks = execution;
        boolean asked =
                said.task().isEmpty()
                        ? phase.equals(WAITING) && choices.contains(said.choice())
                        : tasks != null && tasks.awaits(said.task(), said.choice());
        if (!asked) {
            throw new IllegalStateException("nobody waits for this word");
        }
    }
}
