package dev.soma.kamachiq.plan;

import dev.soma.kamachiq.plan.Reason.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// Where every task of a project stands, and what may begin next. Each call is one event; tasks
/// that it sets free become ready, those that it makes impossible are skipped with the reason, in
/// an order that a replay repeats. Not thread-safe; no clock, no chance, no I/O.
public final class Board {
    /// Further tries after the first.
    public static final int MAX_RETRIES = 3;

    /// Times that an agent works on the defects of a review.
    public static final int MAX_REMEDIATIONS = 2;

    private static final int LAST_PRIORITY = 5;

    private final Ordered tasks;
    private final LaunchOrder launchOrder;
    private final Map<String, Task> board = new LinkedHashMap<>();
    private final List<Transition> history = new ArrayList<>();
    private boolean exhausted;

    /// One task's place. Mutable, of this board alone.
    private static final class Task {
        private Task(int priority) {
            this.priority = priority;
        }

        private int priority;
        private TaskState state = TaskState.PENDING;
        private Reason reason = Reason.NONE;
        private Map<String, String> outputs = Map.of();
        private int retries;
        private int remediations;
    }

    /// What happened to one task.
    public record Transition(String task, TaskState from, TaskState to, Reason reason) {}

    /// What a person decided.
    public enum Decision {
        APPROVE,
        REJECT,
        REWORK
    }

    /// @param nodes of a plan in which [PlanCheck] found nothing
    public Board(Collection<TaskNode> nodes) {
        tasks = new Ordered(nodes);
        if (!tasks.isAcyclic()) {
            throw new IllegalArgumentException("the plan has a cycle");
        }
        launchOrder = new LaunchOrder(CriticalPath.of(nodes), node -> priority(node.id()));
        tasks.order().forEach(id -> board.put(id, new Task(tasks.node(id).priority())));
        settle();
    }

    private Task task(String id) {
        Task task = board.get(id);
        if (task == null) {
            throw new IllegalArgumentException("no task has the id " + id);
        }
        return task;
    }

    private void move(String id, TaskState to, Reason reason) {
        Task task = task(id);
        if (!task.state.next().contains(to)) {
            throw new IllegalStateException(
                    "task %s cannot go from %s to %s".formatted(id, task.state, to));
        }
        history.add(new Transition(id, task.state, to, reason));
        task.state = to;
        task.reason = reason;
    }

    /// Begins what may begin, most urgent first.
    ///
    /// @param limit how many agents may be at work at once
    /// @return the tasks that were begun
    public List<String> launch(int limit) {
        long working = board.values().stream().filter(task -> task.state.isWorking()).count();
        List<String> begun = ready().stream().limit(Math.max(0, limit - working)).toList();
        begun.forEach(id -> move(id, TaskState.RUNNING, Reason.NONE));
        return begun;
    }

    /// Tasks that could begin, most urgent first.
    public List<String> ready() {
        return tasks.all().stream()
                .filter(node -> state(node.id()) == TaskState.READY)
                .sorted(launchOrder)
                .map(TaskNode::id)
                .toList();
    }

    /// Lets a task begin before others, or after them, from now on; what has begun goes on.
    ///
    /// @param priority 1 (first) to 5
    public void prioritise(String id, int priority) {
        if (priority < 1 || priority > LAST_PRIORITY) {
            throw new IllegalArgumentException("no priority: " + priority);
        }
        task(id).priority = priority;
    }

    public int priority(String id) {
        return task(id).priority;
    }

    /// Takes a task as done whose work is there from before, if it could begin.
    ///
    /// @param outputs that branches may look at
    /// @return whether it could
    public boolean kept(String id, Map<String, String> outputs) {
        if (state(id) != TaskState.READY) {
            return false;
        }
        approved(id, outputs);
        return true;
    }

    /// Its agent has something to show.
    public void worked(String id) {
        move(id, TaskState.IN_REVIEW, Reason.NONE);
    }

    /// A try failed.
    ///
    /// @return whether it is to be tried again; else a person has to look
    public boolean failedTry(String id, String detail) {
        Task task = task(id);
        boolean again = task.retries < MAX_RETRIES;
        Reason reason = Reason.of(Kind.TRIES, detail);
        move(id, again ? task.state : TaskState.AWAITING_HUMAN, reason);
        task.retries += again ? 1 : 0;
        return again;
    }

    /// The review found it good.
    ///
    /// @param outputs that branches may look at
    public void approved(String id, Map<String, String> outputs) {
        move(id, TaskState.DONE, Reason.NONE);
        task(id).outputs = Map.copyOf(outputs);
        settle();
    }

    /// The review named defects.
    ///
    /// @param canRemedy whether somebody could do it better
    /// @return whether an agent is to remedy them; else a person has to look
    public boolean foundWanting(String id, String detail, boolean canRemedy) {
        Task task = task(id);
        boolean again = canRemedy && task.remediations < MAX_REMEDIATIONS;
        move(
                id,
                again ? TaskState.REMEDIATING : TaskState.AWAITING_HUMAN,
                Reason.of(Kind.QUALITY, detail));
        task.remediations += again ? 1 : 0;
        return again;
    }

    /// A person decided on a task that waited for one.
    public void decided(String id, Decision decision, Map<String, String> outputs) {
        requireState(id, TaskState.AWAITING_HUMAN);
        switch (decision) {
            case APPROVE -> approved(id, outputs);
            case REWORK -> move(id, TaskState.REMEDIATING, Reason.NONE);
            case REJECT -> fail(id, Reason.of(Kind.REJECTED, ""));
        }
    }

    private void requireState(String id, TaskState state) {
        if (state(id) != state) {
            throw new IllegalStateException(
                    "task %s is %s and not %s".formatted(id, state(id), state));
        }
    }

    /// The rules do not let it run for now.
    public void blocked(String id, String detail) {
        move(id, TaskState.BLOCKED_POLICY, Reason.of(Kind.POLICY, detail));
    }

    /// What blocked it has changed.
    public void woken(String id) {
        requireState(id, TaskState.BLOCKED_POLICY);
        move(id, TaskState.READY, Reason.NONE);
    }

    /// The rules forbid it.
    public void denied(String id, String detail) {
        fail(id, Reason.of(Kind.POLICY, detail));
    }

    private void fail(String id, Reason reason) {
        move(id, TaskState.FAILED, reason);
        settle();
    }

    /// Leaves out what is optional and has not begun, to save money.
    ///
    /// @return what was left out
    public List<String> dropOptional() {
        return leaveOut(id -> !tasks.node(id).required());
    }

    /// Leaves out what has not begun and leads to no required result, to save money.
    ///
    /// @return what was left out
    public List<String> keepOnlyRequired() {
        Set<String> wanted = new HashSet<>();
        for (String id : tasks.order().reversed()) {
            List<String> dependents = tasks.dependents(id);
            boolean required = dependents.isEmpty() && tasks.node(id).required();
            if (required || dependents.stream().anyMatch(wanted::contains)) {
                wanted.add(id);
            }
        }
        return leaveOut(id -> !wanted.contains(id));
    }

    private List<String> leaveOut(Predicate<String> dispensable) {
        List<String> left = new ArrayList<>();
        for (String id : tasks.order()) {
            boolean idle = state(id) == TaskState.PENDING || state(id) == TaskState.READY;
            if (idle && dispensable.test(id)) {
                move(id, TaskState.SKIPPED, Reason.of(Kind.BUDGET, ""));
                left.add(id);
            }
        }
        settle();
        return left;
    }

    /// There is no money left: nothing begins any more.
    public void exhausted() {
        exhausted = true;
        end(Kind.BUDGET);
    }

    /// Somebody stopped the project.
    public void cancelled() {
        end(Kind.CANCELLED);
    }

    private void end(Kind kind) {
        for (String id : tasks.order()) {
            if (!state(id).isOver()) {
                move(id, TaskState.CANCELLED, Reason.of(kind, ""));
            }
        }
    }

    /// Lets every task know what became of those before it, dependencies first, so once is enough.
    private void settle() {
        for (String id : tasks.order()) {
            if (state(id) == TaskState.PENDING) {
                TaskNode node = tasks.node(id);
                switch (joined(node)) {
                    case Step.Wait() -> {}
                    case Step.Skip(Reason reason) -> move(id, TaskState.SKIPPED, reason);
                    case Step.Fail(Reason reason) -> move(id, TaskState.FAILED, reason);
                    case Step.Go() -> move(id, TaskState.READY, Reason.NONE);
                }
            }
        }
    }

    /// What follows for a task from those before it.
    private sealed interface Step {
        record Wait() implements Step {}

        record Go() implements Step {}

        record Skip(Reason reason) implements Step {}

        record Fail(Reason reason) implements Step {}
    }

    private Step joined(TaskNode node) {
        List<String> before = node.dependencies();
        boolean allOver = before.stream().allMatch(id -> state(id).isOver());
        boolean anyDone = before.stream().anyMatch(id -> state(id) == TaskState.DONE);
        Optional<String> failed =
                before.stream().filter(id -> state(id) == TaskState.FAILED).findFirst();
        Optional<String> undone =
                before.stream()
                        .filter(id -> state(id).isOver() && state(id) != TaskState.DONE)
                        .findFirst();
        Optional<String> against =
                switch (node.join()) {
                    case ALL_SUCCESS -> failed.or(() -> undone);
                    case ANY_SUCCESS ->
                            allOver && !anyDone && !before.isEmpty()
                                    ? failed.or(() -> undone)
                                    : Optional.empty();
                    case NONE_FAILED -> failed;
                    case ALL_DONE -> Optional.empty();
                };
        if (against.isPresent()) {
            return new Step.Skip(after(against.get()));
        }
        boolean satisfied = allOver || (node.join() == Join.ANY_SUCCESS && anyDone);
        return satisfied ? branch(node) : new Step.Wait();
    }

    /// A skip goes back to what began it: a failure stays a failure however far it is away.
    private Reason after(String id) {
        Task task = task(id);
        return switch (task.state) {
            case SKIPPED, CANCELLED ->
                    new Reason(
                            task.reason.kind(),
                            task.reason.task().isEmpty() ? id : task.reason.task(),
                            "");
            default -> new Reason(Kind.UPSTREAM_FAILED, id, "");
        };
    }

    private Step branch(TaskNode node) {
        if (node.when().isEmpty()) {
            return new Step.Go();
        }
        When when = node.when().get();
        Task asked = task(when.task());
        if (!asked.state.isOver()) {
            return new Step.Wait();
        }
        if (asked.state != TaskState.DONE) {
            return new Step.Skip(after(when.task()));
        }
        String value = asked.outputs.get(when.output());
        if (value == null) {
            return new Step.Fail(
                    new Reason(Kind.BRANCH, when.task(), "has no output " + when.output()));
        }
        return value.equals(when.equals())
                ? new Step.Go()
                : new Step.Skip(new Reason(Kind.BRANCH, when.task(), when.toString()));
    }

    public TaskState state(String id) {
        return task(id).state;
    }

    public Reason reason(String id) {
        return task(id).reason;
    }

    /// Everything that happened, in order.
    public List<Transition> history() {
        return List.copyOf(history);
    }

    /// What became of the project; empty while a task is not over.
    public Optional<Verdict> verdict() {
        if (board.values().stream().anyMatch(task -> !task.state.isOver())) {
            return Optional.empty();
        }
        Set<Kind> against = new HashSet<>();
        boolean delivered = false;
        boolean requiredDelivered = false;
        for (TaskNode node : tasks.all()) {
            Task task = task(node.id());
            boolean sink = tasks.dependents(node.id()).isEmpty();
            if (task.state == TaskState.DONE) {
                delivered |= sink;
                requiredDelivered |= sink && node.required();
            } else if (task.reason.kind() != Kind.BRANCH || task.state == TaskState.FAILED) {
                against.add(task.reason.kind());
            }
        }
        if (exhausted) {
            return Optional.of(Verdict.BUDGET_EXHAUSTED);
        }
        if (against.contains(Kind.CANCELLED)) {
            return Optional.of(Verdict.CANCELLED);
        }
        if (against.isEmpty() && requiredDelivered) {
            return Optional.of(Verdict.SUCCEEDED);
        }
        if (delivered) {
            return Optional.of(Verdict.PARTIAL);
        }
        return Optional.of(against.contains(Kind.REJECTED) ? Verdict.REJECTED : Verdict.FAILED);
    }

    /// How many tasks stand where.
    public Map<TaskState, Long> counts() {
        Map<TaskState, Long> counts = new EnumMap<>(TaskState.class);
        board.values().forEach(task -> counts.merge(task.state, 1L, Long::sum));
        return counts;
    }
}
