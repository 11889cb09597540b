package dev.soma.kamachiq.work;

import dev.soma.kamachiq.evidence.Timeline;
import dev.soma.kamachiq.plan.Board;
import dev.soma.kamachiq.plan.Join;
import dev.soma.kamachiq.plan.TaskNode;
import dev.soma.kamachiq.plan.TaskState;
import dev.soma.kamachiq.plan.TaskType;
import dev.soma.kamachiq.plan.Verdict;
import dev.soma.kamachiq.work.Payloads.Choice;
import dev.soma.kamachiq.work.Payloads.HumanWord;
import dev.soma.kamachiq.work.Payloads.Kept;
import dev.soma.kamachiq.work.Payloads.Plan;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.ReviewResult;
import dev.soma.kamachiq.work.Payloads.Ruling;
import dev.soma.kamachiq.work.Payloads.RulingOrder;
import dev.soma.kamachiq.work.Payloads.Stop;
import dev.soma.kamachiq.work.Payloads.TaskOrder;
import dev.soma.kamachiq.work.Payloads.TaskResult;
import dev.soma.kamachiq.work.Payloads.Urgency;
import dev.soma.kamachiq.work.Payloads.Word;
import io.temporal.workflow.Async;
import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The tasks of a project under way, within its workflow: every event moves the board, and what may
/// begin begins then; there are no rounds. Failures come back as values.
final class Execution {
    private static final int AGENTS = Timeline.AGENTS;
    private static final Duration MOST_WAIT = Duration.ofDays(365);

    private final ProjectOrder order;
    private final Plan plan;
    private final Chronicle chronicle;
    private final Runnable moved;
    private final Board board;
    private final Map<String, PlannedTask> tasks = new TreeMap<>();
    private final Map<String, Attempts> attempts = new TreeMap<>();
    private final Map<String, String> files = new TreeMap<>();
    private final Map<String, Map<String, String>> drafts = new TreeMap<>();
    private final Map<String, String> waits = new TreeMap<>();
    private final Map<String, Long> begun = new TreeMap<>();
    private final Map<String, String> writers = new TreeMap<>();
    private final Agents agents = new Agents();
    private final Savings savings;
    private boolean paused;
    private boolean closed;
    private boolean timeOver;
    private long events;

    /// @param moved told when tasks may stand elsewhere than before
    Execution(ProjectOrder order, Plan plan, Chronicle chronicle, Runnable moved) {
        this.moved = moved;
        this.order = order;
        this.plan = plan;
        this.chronicle = chronicle;
        this.board = new Board(plan.tasks().stream().map(Execution::node).toList());
        this.savings = new Savings(board, chronicle);
        plan.tasks().forEach(task -> tasks.put(task.id(), task));
    }

    private static TaskNode node(PlannedTask task) {
        return new TaskNode(
                task.id(),
                TaskType.valueOf(task.type()),
                "",
                task.dependencies(),
                0,
                task.estimatedSeconds(),
                Join.valueOf(task.join()),
                task.when().stream().findFirst(),
                task.required(),
                task.priority(),
                Set.of());
    }

    /// Goes on until every task is over, or the time is.
    Verdict run(Duration time) {
        Workflow.newTimer(time)
                .thenApply(
                        nothing -> {
                            timeOver = true;
                            events++;
                            return true;
                        });
        Optional<Verdict> verdict = Optional.empty();
        while (verdict.isEmpty() && !timeOver) {
            // Taken first: what happens while it is written down must not be slept through.
            long seen = events;
            chronicle.flush(order);
            if (!paused) {
                board.launch(AGENTS).forEach(this::begin);
            }
            verdict = board.verdict();
            moved.run();
            if (verdict.isEmpty()) {
                Workflow.await(() -> events > seen);
            }
        }
        if (closed) {
            stop();
        }
        return board.verdict().orElseGet(this::late);
    }

    private Verdict late() {
        chronicle.tell("the project's time is over");
        stop();
        return files.isEmpty() ? Verdict.FAILED : Verdict.PARTIAL;
    }

    private Attempts attempts(String task) {
        return attempts.getOrDefault(task, Attempts.NONE);
    }

    private PlannedTask task(String id) {
        PlannedTask task = tasks.get(id);
        if (task == null) {
            throw new IllegalStateException("the plan has no task " + id);
        }
        return task;
    }

    private void begin(String task) {
        Attempts now = attempts(task).next();
        attempts.put(task, now);
        TaskOrder wanted =
                new TaskOrder(
                        order,
                        task(task),
                        now.generation(),
                        now.effects(),
                        writer(),
                        plan.wording(),
                        inputs(task),
                        now.feedback(),
                        now.approval());
        begun.put(task, Workflow.currentTimeMillis());
        writers.put(task, writer());
        chronicle.note("TASK", task, beginning(task, now));
        agents.start(wanted, (result, failure) -> ended(task, result, failure));
    }

    /// The model that writes at the moment; empty where the library does.
    private String writer() {
        return savings.isShort() && !plan.cheaper().isEmpty() ? plan.cheaper() : plan.model();
    }

    /// The first try says who does it and what it is expected to cost.
    private Map<String, String> beginning(String task, Attempts now) {
        Map<String, String> facts = new TreeMap<>();
        facts.put("state", "RUNNING");
        facts.put("try", "" + now.generation());
        facts.put("model", writers.getOrDefault(task, ""));
        if (now.generation() == 1) {
            facts.put("estimate_tokens", "" + task(task).estimatedTokens());
            facts.put("capsule", task(task).capsule());
            facts.put("pin_sha256", task(task).pin());
        }
        return facts;
    }

    /// Takes over the work of another project, as far as the rules that are in force let it.
    void keep(String project, List<Kept> work) {
        Map<String, Kept> left = new TreeMap<>();
        work.stream()
                .filter(kept -> tasks.containsKey(kept.task()))
                .forEach(kept -> left.put(kept.task(), kept));
        Optional<Kept> next = ready(left);
        while (next.isPresent()) {
            Kept kept = next.get();
            left.remove(kept.task());
            RulingOrder question =
                    new RulingOrder(order, kept.task(), task(kept.task()).persona(), "");
            if (Stubs.ruling().evaluate(question).word() == Word.ALLOW) {
                files.putAll(kept.files());
                board.kept(kept.task(), outputs(kept.by()));
                chronicle.note("KEPT", kept.task(), Map.of("project", project, "state", "DONE"));
            }
            next = ready(left);
        }
    }

    private Optional<Kept> ready(Map<String, Kept> left) {
        return board.ready().stream().filter(left::containsKey).map(left::get).findFirst();
    }

    /// The work that it is built on.
    private Map<String, String> inputs(String task) {
        Map<String, String> inputs = new TreeMap<>();
        if (!task(task).dependencies().isEmpty()) {
            inputs.putAll(files);
        }
        return inputs;
    }

    private void ended(
            String task, @Nullable TaskResult result, @Nullable RuntimeException failure) {
        events++;
        if (closed || board.state(task).isOver()) {
            return;
        }
        if (result == null) {
            failed(task, String.valueOf(failure));
            return;
        }
        savings.saw(result.spent().share());
        Stop stop = result.stop();
        switch (stop.why()) {
            case NONE -> reviewed(task, result);
            case FAILED -> failed(task, stop.detail());
            case DENIED -> {
                chronicle.tell("the rules forbid task %s: %s".formatted(task, stop.detail()));
                board.denied(task, stop.detail());
                chronicle.note("TASK", task, Map.of("state", "FAILED", "why", stop.detail()));
            }
            case BLOCKED -> blocked(task, stop);
            case EXHAUSTED -> exhausted(task, stop.detail());
        }
    }

    /// The same with the kind of task and how long the try took.
    private Map<String, String> took(String task, Map<String, String> facts) {
        Map<String, String> all = new TreeMap<>(facts);
        long now = Workflow.currentTimeMillis();
        all.put("ms", Long.toString(now - begun.getOrDefault(task, now)));
        all.put("type", task(task).type());
        return all;
    }

    private void failed(String task, String why) {
        chronicle.note("TASK", task, took(task, Map.of("state", "FAILED_TRY", "why", why)));
        if (board.failedTry(task, why)) {
            begin(task);
        } else {
            waitForPerson(task, "task %s failed: %s".formatted(task, why));
        }
    }

    private void waitForPerson(String task, String why) {
        chronicle.tell(why);
        waits.put(task, why);
        chronicle.note("WAITS", task, Map.of("why", why));
        Async.procedure(
                () -> {
                    Supplier<Boolean> decided =
                            () -> closed || board.state(task) != TaskState.AWAITING_HUMAN;
                    if (!Patience.await(MOST_WAIT, decided, kind -> remind(kind, task, why))) {
                        expired(task);
                    }
                });
    }

    /// What branches may ask of a task.
    ///
    /// @param by who let it pass, the `gate` or a `person`
    private Map<String, String> outputs(String by) {
        return Map.of("by", by, "producer", plan.model().isEmpty() ? "library" : "model");
    }

    private void remind(String kind, String task, String why) {
        chronicle.note(kind, task, Map.of("why", why));
        events++;
    }

    /// Who says nothing has rejected it.
    private void expired(String task) {
        chronicle.note("EXPIRED", task, Map.of());
        chronicle.tell("nobody decided on task %s in time".formatted(task));
        waits.remove(task);
        board.decided(task, Board.Decision.REJECT, Map.of());
        events++;
    }

    private void exhausted(String task, String detail) {
        closed = true;
        chronicle.tell("there is no money left: " + detail);
        chronicle.note("TASK", task, Map.of("state", "BUDGET", "why", detail));
        board.exhausted();
    }

    private void reviewed(String task, TaskResult result) {
        ReviewResult review = result.review().getFirst();
        board.worked(task);
        if (!result.wording().isEmpty()) {
            chronicle.note(
                    "WORDS", task, Map.of("model", plan.wording(), "outcome", result.wording()));
        }
        if (review.approved()) {
            chronicle.review(task, task(task).type(), review, "approved");
            done(task, result);
            return;
        }
        attempts.put(task, attempts(task).with(review.review()));
        drafts.put(task, result.files());
        String defects = String.join("; ", review.defects());
        boolean canRemedy =
                !plan.model().isEmpty() && !task(task).type().equals(TaskType.REVIEW.name());
        if (board.foundWanting(task, defects, canRemedy)) {
            chronicle.review(task, task(task).type(), review, "remedied");
            begin(task);
        } else {
            chronicle.review(task, task(task).type(), review, "human");
            waitForPerson(
                    task,
                    "task %s has a score of %d: %s".formatted(task, review.basisPoints(), defects));
        }
    }

    private void done(String task, TaskResult made) {
        files.putAll(made.files());
        board.approved(task, outputs("gate"));
        chronicle.note(
                "TASK",
                task,
                took(
                        task,
                        Map.of(
                                "state",
                                "DONE",
                                "work",
                                Estimates.work(plan, task(task), writers.getOrDefault(task, "")),
                                "tokens",
                                "" + made.spent().tokens())));
    }

    /// Its agent is gone and its place is free; it comes back when what blocked it has changed.
    private void blocked(String task, Stop stop) {
        board.blocked(task, stop.detail());
        waits.put(task, stop.detail());
        chronicle.note(
                "TASK",
                task,
                Map.of("state", "BLOCKED", "why", stop.detail(), "approval", stop.approval()));
        RulingOrder question = new RulingOrder(order, task, task(task).persona(), stop.approval());
        Ruling ruling = new Ruling(Word.BLOCK, "", List.of(), stop.approval(), stop.detail());
        Async.function(Stubs.waiting()::await, question, ruling)
                .handle(
                        (changed, failure) -> {
                            changed(task, stop, changed, failure);
                            return true;
                        });
    }

    private void changed(
            String task, Stop stop, @Nullable Ruling ruling, @Nullable RuntimeException failure) {
        events++;
        if (closed || board.state(task) != TaskState.BLOCKED_POLICY) {
            return;
        }
        waits.remove(task);
        if (ruling != null && ruling.word() == Word.ALLOW) {
            attempts.put(task, attempts(task).onward(ruling.approval(), stop.begun()));
            chronicle.note("TASK", task, Map.of("state", "WOKEN", "approval", ruling.approval()));
            board.woken(task);
            return;
        }
        String why = ruling == null ? "nothing changed in time" : ruling.detail();
        chronicle.tell("task %s stayed blocked: %s".formatted(task, why));
        chronicle.note("TASK", task, Map.of("state", "FAILED", "why", why));
        board.denied(task, why);
    }

    /// A person decides on a task.
    void decided(HumanWord word) {
        String task = word.task();
        events++;
        waits.remove(task);
        chronicle.person(word);
        switch (word.choice()) {
            case DELIVER -> {
                files.putAll(drafts.getOrDefault(task, Map.of()));
                board.decided(task, Board.Decision.APPROVE, outputs("person"));
            }
            case REJECT, APPROVE, AMEND -> board.decided(task, Board.Decision.REJECT, Map.of());
            case REWORK -> {
                board.decided(task, Board.Decision.REWORK, Map.of());
                begin(task);
            }
        }
    }

    /// Whether a task waits for a person who may choose this. What never came about cannot be
    /// delivered.
    boolean awaits(String task, Choice choice) {
        return tasks.containsKey(task)
                && board.state(task) == TaskState.AWAITING_HUMAN
                && choice != Choice.APPROVE
                && choice != Choice.AMEND
                && (choice != Choice.DELIVER || drafts.containsKey(task));
    }

    /// Whether a task could still begin earlier or later.
    boolean isOpen(String task) {
        return tasks.containsKey(task) && !board.state(task).isOver();
    }

    void prioritise(Urgency urgency) {
        board.prioritise(urgency.task(), urgency.priority());
        chronicle.note(
                "PRIORITY",
                urgency.task(),
                Map.of("priority", "" + urgency.priority(), "by", urgency.by()));
        events++;
    }

    void pause() {
        paused = true;
    }

    void resume() {
        paused = false;
        events++;
    }

    /// Ends all agents and waits for them, so that what they spent is known. Nothing that ends from
    /// now on counts.
    void stop() {
        closed = true;
        if (board.verdict().isEmpty()) {
            board.cancelled();
        }
        agents.stop();
    }

    /// How many tasks stand there.
    long count(TaskState state) {
        return tasks.keySet().stream().filter(id -> board.state(id) == state).count();
    }

    /// What models have cost, of what the tasks may spend.
    long spentPercent() {
        return savings.percent();
    }

    boolean isPaused() {
        return paused;
    }

    Map<String, String> files() {
        return files;
    }

    Map<String, String> waits() {
        return waits;
    }

    ProjectGraph graph() {
        return new ProjectGraph(
                plan.tasks().stream()
                        .map(
                                task ->
                                        new ProjectGraph.Task(
                                                task,
                                                board.state(task.id()).name(),
                                                waits.getOrDefault(
                                                        task.id(), board.reason(task.id()).told()),
                                                board.priority(task.id()),
                                                attempts(task.id()).generation()))
                        .toList());
    }

    Map<String, String> states() {
        Map<String, String> states = new TreeMap<>();
        tasks.keySet()
                .forEach(
                        id -> {
                            if (board.state(id) != TaskState.PENDING
                                    && board.state(id) != TaskState.READY) {
                                states.put(id, board.state(id).name());
                            }
                        });
        return states;
    }
}
