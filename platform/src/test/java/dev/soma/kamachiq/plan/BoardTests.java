package dev.soma.kamachiq.plan;

import static dev.soma.kamachiq.plan.Plans.generated;
import static dev.soma.kamachiq.plan.Plans.optional;
import static dev.soma.kamachiq.plan.Plans.task;
import static dev.soma.kamachiq.plan.Plans.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.soma.kamachiq.plan.Board.Decision;
import dev.soma.kamachiq.plan.Board.Transition;
import dev.soma.kamachiq.plan.Plans.Shape;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What follows from what becomes of a task.
class BoardTests {
    private static final Map<String, String> NOTHING = Map.of();

    private static Board board(TaskNode... nodes) {
        return new Board(List.of(nodes));
    }

    private static void finish(Board board, String id, Map<String, String> outputs) {
        board.launch(10);
        board.worked(id);
        board.approved(id, outputs);
    }

    private static void fail(Board board, String id) {
        board.launch(10);
        board.denied(id, "no");
    }

    @Test
    void aProjectOfSuccessesSucceeds() {
        Board board = board(task("a", 1), task("b", 1, "a"));
        assertThat(board.ready()).containsExactly("a");
        finish(board, "a", NOTHING);
        assertThat(board.ready()).containsExactly("b");
        assertThat(board.verdict()).isEmpty();
        finish(board, "b", NOTHING);
        assertThat(board.verdict()).contains(Verdict.SUCCEEDED);
    }

    @Test
    void noMoreThanTheLimitIsAtWorkAndTheLongestWayGoesFirst() {
        Board board =
                board(task("a", 1), task("b", 5), task("c", 3), task("d", 1), task("e", 9, "d"));
        assertThat(board.launch(2)).containsExactly("d", "b");
        assertThat(board.launch(2)).isEmpty();
        board.worked("d");
        assertThat(board.launch(2)).as("a review is work too").isEmpty();
        board.approved("d", NOTHING);
        assertThat(board.launch(2)).containsExactly("e");
    }

    @Test
    void aSkipIsNoSuccessHoweverFarTheFailureIsAway() {
        Board board = board(task("a", 1), task("b", 1, "a"), task("c", 1, "b"), task("x", 1));
        fail(board, "a");
        assertThat(board.state("b")).isEqualTo(TaskState.SKIPPED);
        assertThat(board.reason("b")).hasToString("upstream_failed:a");
        assertThat(board.reason("c")).hasToString("upstream_failed:a");
        board.worked("x");
        board.approved("x", NOTHING);
        assertThat(board.verdict()).as("x alone was delivered").contains(Verdict.PARTIAL);
        Board nothing = board(task("a", 1), task("b", 1, "a"));
        fail(nothing, "a");
        assertThat(nothing.verdict()).contains(Verdict.FAILED);
    }

    @Test
    void anOptionalResultThatIsMissingMakesAProjectPartial() {
        Board board = board(task("a", 1), optional(task("b", 1)));
        finish(board, "a", NOTHING);
        board.denied("b", "no");
        assertThat(board.verdict()).contains(Verdict.PARTIAL);
    }

    @Test
    void joinsWaitForWhatTheyNeed() {
        for (Join join : Join.values()) {
            Board board = board(task("a", 1), task("b", 1), with(task("c", 1, "a", "b"), join));
            finish(board, "a", NOTHING);
            assertThat(board.state("c"))
                    .as(join.name())
                    .isEqualTo(join == Join.ANY_SUCCESS ? TaskState.READY : TaskState.PENDING);
            board.denied("b", "no");
            assertThat(board.state("c"))
                    .as(join.name())
                    .isEqualTo(
                            switch (join) {
                                case ALL_SUCCESS, NONE_FAILED -> TaskState.SKIPPED;
                                case ANY_SUCCESS, ALL_DONE -> TaskState.READY;
                            });
        }
        Board none =
                board(task("a", 1), task("b", 1), with(task("c", 1, "a", "b"), Join.ANY_SUCCESS));
        fail(none, "a");
        none.denied("b", "no");
        assertThat(none.state("c")).isEqualTo(TaskState.SKIPPED);
    }

    @Test
    void oneBranchIsTakenAndTheOtherIsNotMissed() {
        TaskNode web = with(task("web", 1, "ask"), new When("ask", "kind", "web"));
        TaskNode cli = with(task("cli", 1, "ask"), new When("ask", "kind", "cli"));
        TaskNode end = with(task("end", 1, "web", "cli"), Join.ANY_SUCCESS);
        Board board = board(task("ask", 1), web, cli, end);
        finish(board, "ask", Map.of("kind", "cli"));
        assertThat(board.state("web")).isEqualTo(TaskState.SKIPPED);
        assertThat(board.reason("web")).hasToString("branch:ask");
        finish(board, "cli", NOTHING);
        finish(board, "end", NOTHING);
        assertThat(board.verdict()).contains(Verdict.SUCCEEDED);

        Board silent = board(task("ask", 1), web);
        finish(silent, "ask", NOTHING);
        assertThat(silent.state("web")).as("no such output").isEqualTo(TaskState.FAILED);
        assertThat(silent.verdict()).contains(Verdict.FAILED);
    }

    @Test
    void aProjectWhoseEveryResultWasABranchNotTakenHasNotSucceeded() {
        Board board =
                board(task("ask", 1), with(task("web", 1, "ask"), new When("ask", "k", "web")));
        finish(board, "ask", Map.of("k", "cli"));
        assertThat(board.verdict()).contains(Verdict.FAILED);
    }

    @Test
    void afterThreeRetriesAndAfterTwoRemediationsAPersonLooks() {
        Board board = board(task("a", 1));
        board.launch(1);
        for (int retry = 1; retry <= Board.MAX_RETRIES; retry++) {
            assertThat(board.failedTry("a", "exit 1")).isTrue();
            assertThat(board.state("a")).isEqualTo(TaskState.RUNNING);
        }
        assertThat(board.failedTry("a", "exit 1")).isFalse();
        assertThat(board.state("a")).isEqualTo(TaskState.AWAITING_HUMAN);
        board.decided("a", Decision.REWORK, NOTHING);
        for (int round = 1; round <= Board.MAX_REMEDIATIONS; round++) {
            board.worked("a");
            assertThat(board.foundWanting("a", "style", true)).isTrue();
        }
        board.worked("a");
        assertThat(board.foundWanting("a", "style", true)).isFalse();
        assertThat(board.state("a")).isEqualTo(TaskState.AWAITING_HUMAN);
        board.decided("a", Decision.REJECT, NOTHING);
        assertThat(board.verdict()).contains(Verdict.REJECTED);
    }

    @Test
    void blockedWorkKeepsNobodyFromWorkingAndIsWoken() {
        Board board = board(task("a", 1), task("b", 1));
        board.launch(1);
        board.blocked("a", "rule-7");
        assertThat(board.launch(1)).containsExactly("b");
        board.woken("a");
        assertThat(board.state("a")).isEqualTo(TaskState.READY);
        assertThatIllegalStateException().isThrownBy(() -> board.woken("b"));
    }

    @Test
    void moneyThatRunsShortDropsWhatIsOptionalAndMoneyThatIsGoneEndsTheRest() {
        Board board = board(task("a", 1), optional(task("b", 1)), optional(task("c", 1, "a")));
        board.launch(1);
        board.dropOptional();
        assertThat(board.state("b")).isEqualTo(TaskState.SKIPPED);
        assertThat(board.state("c")).isEqualTo(TaskState.SKIPPED);
        assertThat(board.state("a")).isEqualTo(TaskState.RUNNING);
        board.exhausted();
        assertThat(board.verdict()).contains(Verdict.BUDGET_EXHAUSTED);
        Board stopped = board(task("a", 1));
        stopped.cancelled();
        assertThat(stopped.verdict()).contains(Verdict.CANCELLED);
    }

    @Test
    void whatIsMoreUrgentBeginsFirstHoweverMuchWaitsForTheOther() {
        Board board = board(task("a", 1), task("b", 9), task("c", 1, "b"));
        assertThat(board.ready()).containsExactly("b", "a");
        board.prioritise("a", 1);
        assertThat(board.ready()).containsExactly("a", "b");
        board.prioritise("a", 5);
        assertThat(board.launch(1)).containsExactly("b");
        assertThatThrownBy(() -> board.prioritise("a", 6))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> board.prioritise("none", 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whenMoneyIsAlmostGoneOnlyWhatLeadsToARequiredResultIsBegun() {
        Board board =
                board(
                        task("a", 1),
                        task("b", 1, "a"),
                        task("aside", 1),
                        optional(task("page", 1, "aside")));
        assertThat(board.keepOnlyRequired()).containsExactly("aside", "page");
        assertThat(board.ready()).containsExactly("a");
    }

    @Test
    void workThatIsThereFromBeforeSetsFreeWhatFollows() {
        Board board = board(task("a", 1), task("b", 1, "a"));
        assertThat(board.kept("b", NOTHING)).as("before what it follows").isFalse();
        assertThat(board.kept("a", NOTHING)).isTrue();
        assertThat(board.ready()).containsExactly("b");
        assertThat(board.kept("b", NOTHING)).isTrue();
        assertThat(board.verdict()).contains(Verdict.SUCCEEDED);
    }

    /// Random courses: whatever happens, only allowed steps are taken, every project ends, the same
    /// course gives the same history, and success means that nothing is missing.
    @Test
    void everyCourseEndsAndEveryStepIsAllowed() {
        long seed = Long.getLong("soma.seed", new Random().nextLong());
        System.out.println("seed " + seed);
        Map<TaskState, Set<TaskState>> seen = new EnumMap<>(TaskState.class);
        for (int trial = 0; trial < 2_000; trial++) {
            List<Transition> history = course(seed + trial);
            assertThat(course(seed + trial)).as("seed %d", seed + trial).isEqualTo(history);
            for (Transition step : history) {
                assertThat(step.from().next()).contains(step.to());
                seen.computeIfAbsent(step.from(), from -> EnumSet.noneOf(TaskState.class))
                        .add(step.to());
            }
        }
        for (TaskState state : TaskState.values()) {
            assertThat(seen.getOrDefault(state, Set.of()))
                    .as("steps taken from " + state)
                    .isEqualTo(state.next());
        }
    }

    private static List<Transition> course(long seed) {
        Random random = new Random(seed);
        Shape shape = any(List.of(Shape.values()), random);
        Board board =
                new Board(
                        generated(shape, 3 + random.nextInt(20), random).stream()
                                .map(task -> varied(task, random))
                                .toList());
        Set<String> launched = new HashSet<>();
        board.ready().stream()
                .filter(id -> random.nextInt(8) == 0)
                .forEach(id -> assertThat(board.kept(id, Map.of("k", "x"))).isTrue());
        for (int step = 0; step < 5_000 && board.verdict().isEmpty(); step++) {
            launched.addAll(board.launch(3));
            List<String> open =
                    launched.stream().filter(id -> !board.state(id).isOver()).sorted().toList();
            int dice = random.nextInt(400);
            if (dice == 0) {
                board.cancelled();
            } else if (dice == 1) {
                board.exhausted();
            } else if (dice < 6) {
                board.dropOptional();
            } else if (dice < 8) {
                board.keepOnlyRequired();
            } else if (dice < 40 && !board.ready().isEmpty()) {
                board.prioritise(board.ready().getLast(), 1 + random.nextInt(5));
            } else if (!open.isEmpty()) {
                act(board, open.get(random.nextInt(open.size())), random);
            } else if (!board.ready().isEmpty()) {
                throw new AssertionError("ready tasks and nobody at work");
            }
        }
        Verdict verdict = board.verdict().orElseThrow();
        if (verdict == Verdict.SUCCEEDED) {
            assertThat(board.counts().keySet())
                    .as("seed %d", seed)
                    .isSubsetOf(TaskState.DONE, TaskState.SKIPPED);
        }
        return board.history();
    }

    private static <T> T any(List<T> of, Random random) {
        return of.get(random.nextInt(of.size()));
    }

    private static TaskNode varied(TaskNode task, Random random) {
        TaskNode varied = with(task, any(List.of(Join.values()), random));
        if (!task.dependencies().isEmpty() && random.nextInt(4) == 0) {
            String value = random.nextBoolean() ? "x" : "y";
            varied =
                    with(
                            varied,
                            new When(
                                    task.dependencies().getFirst(),
                                    random.nextInt(5) == 0 ? "none" : "k",
                                    value));
        }
        return random.nextInt(3) == 0 ? optional(varied) : varied;
    }

    private static void act(Board board, String id, Random random) {
        int dice = random.nextInt(10);
        switch (board.state(id)) {
            case READY -> refuseReady(board, id, dice);
            case RUNNING, REMEDIATING -> {
                if (dice == 0) {
                    board.denied(id, "rule");
                } else if (dice == 1) {
                    board.blocked(id, "rule");
                } else if (dice < 5) {
                    board.failedTry(id, "exit 1");
                } else {
                    board.worked(id);
                }
            }
            case IN_REVIEW -> {
                if (dice < 3) {
                    board.foundWanting(id, "defect", true);
                } else {
                    board.approved(id, Map.of("k", dice < 6 ? "x" : "y"));
                }
            }
            case AWAITING_HUMAN ->
                    board.decided(id, any(List.of(Decision.values()), random), Map.of("k", "x"));
            case BLOCKED_POLICY -> {
                if (dice == 0) {
                    board.denied(id, "rule");
                } else {
                    board.woken(id);
                }
            }
            default -> throw new AssertionError(board.state(id) + " is not open");
        }
    }

    private static void refuseReady(Board board, String id, int dice) {
        if (dice == 0) {
            board.denied(id, "rule");
        } else {
            board.blocked(id, "rule");
        }
    }
}
