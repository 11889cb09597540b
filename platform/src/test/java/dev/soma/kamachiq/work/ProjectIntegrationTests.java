package dev.soma.kamachiq.work;

import static dev.soma.kamachiq.work.ProjectWorld.await;
import static dev.soma.kamachiq.work.ProjectWorld.result;
import static dev.soma.kamachiq.work.ProjectWorld.word;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.soma.kamachiq.evidence.RunRecord;
import dev.soma.kamachiq.sandbox.BubblewrapSandbox;
import dev.soma.kamachiq.work.Payloads.Agent;
import dev.soma.kamachiq.work.Payloads.Choice;
import dev.soma.kamachiq.work.Payloads.HumanWord;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kamachiq.work.Payloads.TaskOrder;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import io.temporal.client.WorkflowUpdateException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Whole projects on the real platform and the real Temporal server, with the real interpreter in
/// the real sandbox. Every history that is recorded is replayed at the end.
class ProjectIntegrationTests {
    private static ProjectWorld world;

    @BeforeAll
    static void open() throws Exception {
        world = new ProjectWorld(61_200);
    }

    @AfterAll
    static void replay() throws Exception {
        world.replayAll();
        world.close();
    }

    @Test
    void aProjectIsCarriedOutTestedAndReported() throws Exception {
        ProjectResult result =
                result(
                        world.submit(
                                "It supports addition and power. Print results with 2 decimals."
                                        + " The program is called sums.",
                                ""));
        assertThat(result.reasons()).isEmpty();
        assertThat(result.verdict()).isEqualTo("SUCCEEDED");
        assertThat(result.files()).containsOnlyKeys("README.md", "sums.py", "test_sums.py");
        assertThat(world.file(result, "sums.py")).contains("OPERATIONS = (\"+\", \"**\")");
        requireChain(result);
    }

    @Test
    void aPlanOfOnesOwnIsCarriedOutComponentByComponent() throws Exception {
        ProjectResult result =
                result(world.start(Files.readString(Path.of("../examples/packages.yaml"))));
        assertThat(result.reasons()).isEmpty();
        assertThat(result.verdict()).isEqualTo("SUCCEEDED");
        assertThat(result.files())
                .containsOnlyKeys(
                        "overview.md",
                        "prices/README.md",
                        "prices/prices.py",
                        "prices/test_prices.py",
                        "shares/README.md",
                        "shares/shares.py",
                        "shares/test_shares.py");
        assertThat(world.file(result, "shares/test_shares.py")).contains("nobody is left to pay");
        requireChain(result);
    }

    @Test
    void aServiceIsMadeAskedOverHttpAndReported() throws Exception {
        ProjectResult result =
                result(world.start(Files.readString(Path.of("../examples/notes.yaml"))));
        assertThat(result.reasons()).isEmpty();
        assertThat(result.verdict()).isEqualTo("SUCCEEDED");
        assertThat(result.files()).containsOnlyKeys("README.md", "notes.py", "test_notes.py");
        assertThat(world.file(result, "notes.py")).contains("no such note");
    }

    @Test
    void branchesAndJoinsOfAPlanAreKept() throws Exception {
        ProjectResult result =
                result(
                        world.start(
                                """
                                id: branches
                                title: Programs that depend on each other
                                text: Python 3.
                                budget_tokens: 1000
                                timeout_minutes: 5
                                tasks:
                                  - {id: sums, type: code, description: A calculator.}
                                  - {id: machine, type: code, description: A calculator.,
                                     dependencies: [sums], when: {task: sums, output: producer, equals: model}}
                                  - {id: either, type: code, description: A calculator., join: any_success,
                                     dependencies: [sums, machine]}
                                """));
        assertThat(result.verdict()).isEqualTo("SUCCEEDED");
        assertThat(result.files().keySet())
                .anyMatch(path -> path.startsWith("either/"))
                .noneMatch(path -> path.startsWith("machine/"));
    }

    @Test
    void projectsAreFoundByHowTheyStand() throws Exception {
        ProjectWorkflow waiting = world.submit("A calculator with a plotting window.", "");
        String project = world.project();
        await(waiting, "AWAITING_HUMAN");
        world.requireListed(project, "KqState = 'AWAITING_HUMAN' AND KqAwaitingHuman = true");
        waiting.decide(word(Choice.DELIVER));
        assertThat(result(waiting).verdict()).isEqualTo("PARTIAL");
        world.requireListed(
                project,
                "KqState = 'PARTIAL' AND KqAwaitingHuman = false AND KqDeadline > '2026-01-01T00:00:00Z'");
    }

    /// The chain of the report is what its entries say.
    private void requireChain(ProjectResult result) throws Exception {
        JsonObject report =
                StrictJson.parseObject(world.content().get(result.report()).orElseThrow());
        RunRecord record = RunRecord.begin(world.tenant, world.project());
        if (!(report.members().get("record") instanceof JsonValue.JsonArray(var entries))) {
            throw new AssertionError("the report has no record");
        }
        for (JsonValue entry : entries) {
            record = record.append((JsonObject) entry);
        }
        assertThat(report.members().get("root")).isEqualTo(new JsonValue.JsonString(record.hex()));
    }

    @Test
    void anotherSpecificationIsAnotherProgramAndTheSameIsTheSame() throws Exception {
        String text = "A calculator without division.";
        ProjectResult one = result(world.submit(text, ""));
        ProjectResult same = result(world.submit(text, ""));
        ProjectResult other = result(world.submit("A calculator that also supports modulo.", ""));
        assertThat(same.files()).isEqualTo(one.files());
        assertThat(other.files().keySet()).isEqualTo(one.files().keySet());
        assertThat(other.files()).isNotEqualTo(one.files());
    }

    @Test
    void whatIsNotCoveredWaitsForAPersonAndEndsAsTheySay() throws Exception {
        ProjectWorkflow workflow = world.submit("A calculator with a plotting window.", "");
        await(workflow, "AWAITING_HUMAN");
        assertThat(workflow.status().reasons().getFirst()).contains("plotting window");
        workflow.decide(word(Choice.DELIVER));
        ProjectResult delivered = result(workflow);
        assertThat(delivered.verdict()).isEqualTo("PARTIAL");
        assertThat(delivered.files()).hasSize(3);
        assertThat(delivered.reasons().getFirst()).contains("plotting window");
    }

    @Test
    void aPersonMayRejectAndNobodyMayDecideUnasked() throws Exception {
        ProjectWorkflow workflow = world.submit("It keeps a history in a cloud.", "");
        await(workflow, "AWAITING_HUMAN");
        workflow.decide(word(Choice.REJECT));
        ProjectResult rejected = result(workflow);
        assertThat(rejected.verdict()).isEqualTo("REJECTED");
        assertThat(rejected.files()).isEmpty();
        assertThatThrownBy(() -> workflow.decide(word(Choice.DELIVER)))
                .isInstanceOf(RuntimeException.class);
        ProjectWorkflow running = world.submit("A calculator.", "");
        assertThatThrownBy(() -> running.decide(word(Choice.DELIVER)))
                .isInstanceOfAny(WorkflowUpdateException.class, RuntimeException.class);
        assertThat(result(running).verdict()).isEqualTo("SUCCEEDED");
    }

    @Test
    void whatMayBeDeliveredPartlyIsWithoutAsking() throws Exception {
        ProjectResult result =
                result(world.submit("A calculator with square roots.", "on_unreachable: partial"));
        assertThat(result.verdict()).isEqualTo("PARTIAL");
        assertThat(result.reasons().getFirst()).contains("square roots");
    }

    @Test
    void anotherKindOfProjectIsNeverGreen() throws Exception {
        String spec =
                "id: web\ntitle: A web shop\ntext: Sell books.\nbudget_tokens: 1\ntimeout_minutes: 1\non_unreachable: partial\n";
        ProjectWorkflow workflow = world.start(spec);
        await(workflow, "AWAITING_HUMAN");
        workflow.decide(word(Choice.DELIVER));
        ProjectResult result = result(workflow);
        assertThat(result.verdict()).isEqualTo("REJECTED");
        assertThat(result.reasons().getFirst()).contains("nothing in the library");
    }

    @Test
    void aPausedProjectBeginsNothingAndACancelledOneIsReported() throws Exception {
        ProjectWorkflow workflow = world.submit("A calculator with a plotting window.", "");
        await(workflow, "AWAITING_HUMAN");
        workflow.pause();
        workflow.decide(word(Choice.DELIVER));
        await(workflow, "EXECUTE");
        assertThat(workflow.status().states()).isEmpty();
        assertThat(workflow.status().paused()).isTrue();
        workflow.cancel();
        ProjectResult result = result(workflow);
        assertThat(result.verdict()).isEqualTo("CANCELLED");
        requireChain(result);
    }

    @Test
    void aProjectGoesOnWhereAWorkerDiedAndMakesTheSame() throws Exception {
        String text = "It supports addition and a plotting window.";
        ProjectWorkflow workflow = world.submit(text, "");
        await(workflow, "AWAITING_HUMAN");
        workflow.pause();
        workflow.decide(word(Choice.DELIVER));
        world.restartWorkers();
        await(workflow, "EXECUTE");
        workflow.resume();
        ProjectResult result = result(workflow);
        ProjectResult other = result(world.submit(text, "on_unreachable: partial"));
        assertThat(result.files()).isEqualTo(other.files());
        assertThat(result.verdict()).isEqualTo("PARTIAL");
    }

    @Test
    void aReviewThatItsWorkerDidNotEndIsDoneByAnother() throws Exception {
        ProjectWorkflow workflow = world.submit("A calculator without division.", "");
        await(workflow, "INTEGRATE");
        world.restartWorkers();
        ProjectResult result = result(workflow);
        assertThat(result.reasons()).isEmpty();
        assertThat(result.verdict()).isEqualTo("SUCCEEDED");
    }

    /// Every event of the project's history in a full run, a few of them otherwise.
    @Test
    void workersThatStopAtAnyEventChangeNothing() throws Exception {
        String text = "It supports addition. The program is called sums.";
        ProjectWorkflow undisturbed = world.submit(text, "");
        ProjectResult reference = result(undisturbed);
        int events = world.events(undisturbed);
        boolean full = System.getProperty("soma.tests", "").equals("full");
        for (int at = full ? 1 : events / 4; at < events; at += full ? 1 : events / 4) {
            ProjectWorkflow workflow = world.submit(text, "");
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (world.events(workflow) < at) {
                assertThat(System.nanoTime()).as("event %d", at).isLessThan(deadline);
                Thread.onSpinWait();
            }
            world.restartWorkers();
            ProjectResult result = result(workflow, Duration.ofMinutes(4));
            assertThat(result.verdict()).as("event %d of %d", at, events).isEqualTo("SUCCEEDED");
            assertThat(result.files()).isEqualTo(reference.files());
            requireChain(result);
        }
    }

    @Test
    void aCapsuleThatMakesSomethingElseThanWhatWasPlannedIsNotTaken() throws Exception {
        LibraryActivities library = world.library();
        world.submit("A calculator.", "");
        ProjectOrder order = world.order();
        PlannedTask planned = library.decompose(order).tasks().getFirst();
        assertThat(planned.capsule()).isEqualTo("py.calculator@1");
        TaskOrder asPlanned = new TaskOrder(order, planned, 1, 1, "", "", Map.of(), "", "");
        Agent agent = library.spawn(asPlanned);
        assertThat(library.runCapsule(asPlanned, agent, "").files()).hasSize(1);
        TaskOrder other =
                new TaskOrder(
                        order,
                        planned.by(planned.capsule(), "0".repeat(64)),
                        1,
                        1,
                        "",
                        "",
                        Map.of(),
                        "",
                        "");
        assertThatThrownBy(() -> library.runCapsule(other, agent, ""))
                .hasMessageContaining("something else of program than when it was planned");
    }

    @Test
    void withoutASandboxNothingIsApproved() throws Exception {
        world.restartWorkers(
                new BubblewrapSandbox(
                        world.folder().resolve("nowhere"),
                        world.folder().resolve("state"),
                        61_200,
                        1));
        ProjectWorkflow workflow = world.submit("A calculator.", "");
        await(workflow, "program", "AWAITING_HUMAN");
        assertThat(workflow.status().waits().get("program")).contains("sandbox did not start");
        assertThatThrownBy(
                        () -> workflow.decide(new HumanWord("program", Choice.DELIVER, "bob", "")))
                .as("what never came about cannot be delivered")
                .isInstanceOf(WorkflowUpdateException.class);
        workflow.decide(new HumanWord("program", Choice.REJECT, "bob", "no sandbox"));
        ProjectResult result = result(workflow);
        assertThat(result.verdict()).isEqualTo("REJECTED");
        assertThat(result.reasons().getFirst()).contains("sandbox did not start");
        world.restartWorkers();
    }

    @Test
    void aFaultySpecificationFailsWithItsLine() throws Exception {
        ProjectResult result = result(world.submit("A calculator.", "surprise: 1"));
        assertThat(result.verdict()).isEqualTo("FAILED");
        assertThat(result.reasons().getFirst()).contains("surprise");
        assertThat(result.files()).isEqualTo(Map.of());
        assertThat(List.of(result.report())).isNotEmpty();
    }
}
