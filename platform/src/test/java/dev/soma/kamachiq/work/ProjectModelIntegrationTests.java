package dev.soma.kamachiq.work;

import static dev.soma.kamachiq.work.ProjectWorld.await;
import static dev.soma.kamachiq.work.ProjectWorld.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.soma.kamachiq.spec.ProjectSpec;
import dev.soma.kamachiq.spec.SpecReader;
import dev.soma.kamachiq.spec.SpecReading;
import dev.soma.kamachiq.work.AuthorProvider.Move;
import dev.soma.kamachiq.work.Payloads.Choice;
import dev.soma.kamachiq.work.Payloads.HumanWord;
import dev.soma.kamachiq.work.Payloads.Plan;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kamachiq.work.Payloads.Shown;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.metering.ProjectBudgets;
import dev.soma.metering.ProjectBudgets.Account;
import io.temporal.client.WorkflowUpdateException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Projects whose code a model writes, over real HTTP, under the gates of everybody: right code and
/// every kind of wrong code.
class ProjectModelIntegrationTests {
    private static final String TEXT = "It supports addition and power.";
    private static final AtomicInteger MODELS = new AtomicInteger();
    private static ProjectWorld world;
    private static AuthorProvider author;

    @BeforeAll
    static void open() throws Exception {
        world = new ProjectWorld(61_500);
        author = new AuthorProvider();
        world.platform.provider(
                "author",
                author.uri(),
                "words",
                "probed",
                "m1",
                "m2",
                "m3",
                "m4",
                "m5",
                "m6",
                "m7",
                "m8",
                "m9",
                "m10");
    }

    @AfterAll
    static void replay() throws Exception {
        world.replayAll();
        author.close();
        world.close();
    }

    private static String model(Function<List<JsonObject>, Move> script) {
        String model = "m" + MODELS.incrementAndGet();
        author.script(model, script);
        world.certify("author/" + model);
        return "producer: model\nbudget_tokens: 400000\nmodel: author/" + model;
    }

    /// What the library would deliver for the same specification, so it is right.
    private static Map<String, String> right() {
        return right("Create Python CLI calculator", TEXT);
    }

    private static Map<String, String> right(String title, String text) {
        return AuthorProvider.library(title, text);
    }

    /// An author that writes what it is asked for, changed by a test, and says that it is done.
    private static Function<List<JsonObject>, Move> author(
            String path, UnaryOperator<String> changed) {
        return messages -> {
            String wanted = AuthorProvider.wanted(messages);
            String text = right().getOrDefault(wanted, "");
            return AuthorProvider.used(messages) == 0
                    ? AuthorProvider.write(wanted, wanted.equals(path) ? changed.apply(text) : text)
                    : AuthorProvider.finish();
        };
    }

    private static List<Account> accounts() {
        return world.platform
                .bean(ProjectBudgets.class)
                .accounts(new TenantId(world.tenant), world.project());
    }

    private static void requireWaits(ProjectWorkflow workflow, String task, String why) {
        await(workflow, task, "AWAITING_HUMAN");
        assertThat(workflow.status().waits().get(task)).contains(why);
        workflow.decide(new HumanWord(task, Choice.REJECT, "bob", "wrong"));
    }

    @Test
    void rightCodeOfAModelPassesTheGatesAndIsPaidToTheToken() throws Exception {
        long before = author.billed();
        ProjectResult result =
                result(world.submit(TEXT, model(author("", UnaryOperator.identity()))));
        assertThat(result.reasons()).isEmpty();
        assertThat(result.verdict()).isEqualTo("SUCCEEDED");
        assertThat(world.file(result, "calculator.py")).isEqualTo(right().get("calculator.py"));
        List<Account> accounts = accounts();
        assertThat(accounts.getFirst().settled()).isEqualTo(author.billed() - before);
        assertThat(accounts).allMatch(account -> account.held() == 0);
        assertThat(accounts.stream().skip(1).mapToLong(Account::settled).sum())
                .isEqualTo(accounts.getFirst().settled());
        assertThat(report(result)).contains("\"kind\":\"SPEND\"");
    }

    @Test
    void whatSuchTasksHaveTakenIsWhatTheyAreExpectedToTake() throws Exception {
        String model = model(author("", UnaryOperator.identity()));
        Planning planning = world.platform.bean(Planning.class);
        String spec = "id: c\ntitle: A calculator\ntext: It adds.\ntimeout_minutes: 15\n" + model;
        ProjectSpec read =
                ((SpecReading.Read) SpecReader.read(spec.getBytes(StandardCharsets.UTF_8))).spec();
        assertThat(planning.preview(world.tenant, read, held -> true).tasks())
                .as("a guess")
                .allMatch(task -> task.estimatedTokens() == 6_000);
        ProjectResult first = result(world.submit(TEXT, model));
        assertThat(first.verdict()).isEqualTo("SUCCEEDED");
        long took = accounts().getFirst().settled();
        Plan plan = planning.preview(world.tenant, read, held -> true);
        assertThat(plan.tasks().stream().mapToLong(PlannedTask::estimatedTokens).sum())
                .isEqualTo(took);
        assertThat(plan.tasks()).allMatch(task -> task.estimatedSeconds() > 0);
        ProjectSpec poor =
                ((SpecReading.Read)
                                SpecReader.read(
                                        spec.replace("400000", "500")
                                                .getBytes(StandardCharsets.UTF_8)))
                        .spec();
        assertThat(planning.preview(world.tenant, poor, held -> true).concern())
                .contains("such tasks have taken %d tokens".formatted(took), "450");
        assertThat(plan.concern()).isEmpty();
        Plan refused = planning.preview(world.tenant, read, held -> !held.equals("tools:call"));
        assertThat(refused.problem()).contains("tools:call");
        assertThat(planning.preview("elsewhere", read, held -> true).problem())
                .as("a tenant knows nothing of another")
                .contains("has not shown");
    }

    @Test
    void codeThatPassesItsOwnTestsButNotTheSpecificationIsSentBackTwiceAndThenShown()
            throws Exception {
        AtomicInteger written = new AtomicInteger();
        ProjectWorkflow workflow =
                world.submit(
                        TEXT,
                        model(
                                messages -> {
                                    if (AuthorProvider.used(messages) > 0) {
                                        return AuthorProvider.finish();
                                    }
                                    boolean findings =
                                            messages.toString().contains("findings of the last");
                                    assertThat(findings).isEqualTo(written.get() > 0);
                                    return AuthorProvider.write(
                                            "calculator.py",
                                            right().getOrDefault("calculator.py", "")
                                                            .replace("left + right", "left - right")
                                                    + "\n# %d\n"
                                                            .formatted(written.incrementAndGet()));
                                }));
        requireWaits(workflow, "program", "score");
        assertThat(result(workflow).verdict()).isEqualTo("REJECTED");
        assertThat(written).hasValue(3);
    }

    @Test
    void whatAReviewNamedCanBeMended() throws Exception {
        ProjectResult result =
                result(
                        world.submit(
                                TEXT,
                                model(
                                        messages -> {
                                            boolean again =
                                                    messages.toString()
                                                            .contains("findings of the last");
                                            return author(
                                                            "calculator.py",
                                                            text -> again ? text : "import sys\n")
                                                    .apply(messages);
                                        })));
        assertThat(result.verdict()).isEqualTo("SUCCEEDED");
        assertThat(report(result)).contains("\"try\":\"2\"");
    }

    @Test
    void testsThatFailOrAreNoneOrEndTheInterpreterAreNotTaken() throws Exception {
        List<UnaryOperator<String>> wrong =
                List.of(
                        text -> text.replace("\"5\\n\"", "\"6\\n\""),
                        text -> "import unittest\n",
                        text -> "import os\nos._exit(0)\n");
        for (UnaryOperator<String> change : wrong) {
            ProjectWorkflow workflow =
                    world.submit(TEXT, model(author("test_calculator.py", change)));
            requireWaits(workflow, "tests", "tests");
            await(workflow, "AWAITING_HUMAN");
            assertThat(workflow.status().waits().get("")).contains("the work as a whole");
            workflow.decide(ProjectWorld.word(Choice.DELIVER));
            assertThat(result(workflow).verdict()).isEqualTo("PARTIAL");
        }
    }

    @Test
    void anAgentThatTurnsInCirclesIsStopped() throws Exception {
        ProjectWorkflow workflow =
                world.submit(TEXT, model(messages -> AuthorProvider.write("calculator.py", "x")));
        requireWaits(workflow, "program", "its last 4 steps led to the same");
        assertThat(result(workflow).verdict()).isEqualTo("REJECTED");
    }

    /// What the library would write, of the specification that the author was told.
    private static Move answers(List<JsonObject> messages) {
        if (AuthorProvider.used(messages) > 0) {
            return AuthorProvider.finish();
        }
        String wanted = AuthorProvider.wanted(messages);
        return AuthorProvider.write(
                wanted, AuthorProvider.library(messages).getOrDefault(wanted, ""));
    }

    @Test
    void aModelShowsWhatItCanBeforeItMayWrite() throws Exception {
        String refusal =
                result(
                                world.submit(
                                        TEXT,
                                        "producer: model\nbudget_tokens: 400000\nmodel: author/probed"))
                        .reasons()
                        .getFirst();
        assertThat(refusal).contains("author/probed has not shown yet");
        AtomicInteger probes = new AtomicInteger();
        author.script(
                "probed",
                messages ->
                        AuthorProvider.used(messages) == 0 && probes.incrementAndGet() % 3 == 0
                                ? new Move.Say("I would rather not.")
                                : answers(messages));
        Shown weak = world.show("author/probed");
        assertThat(weak.probes()).isEqualTo(20);
        assertThat(weak.passed()).isEqualTo(14);
        assertThat(weak.suffices()).isFalse();
        assertThat(
                        result(
                                        world.submit(
                                                TEXT,
                                                "producer: model\nbudget_tokens: 400000\nmodel: author/probed"))
                                .reasons()
                                .getFirst())
                .contains("14 of 20");
        author.script("probed", ProjectModelIntegrationTests::answers);
        Shown strong = world.show("author/probed");
        assertThat(strong.passed()).isEqualTo(20);
        assertThat(strong.suffices()).isTrue();
        assertThat(
                        result(
                                        world.submit(
                                                TEXT,
                                                "producer: model\nbudget_tokens: 400000\nmodel: author/probed"))
                                .verdict())
                .isNotEqualTo("FAILED");
    }

    @Test
    void anAnswerThatAWorkerDidNotWaitForIsThereForTheNextOne() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        Function<List<JsonObject>, Move> quick = author("", UnaryOperator.identity());
        String model =
                model(
                        messages -> {
                            asked.countDown();
                            try {
                                answer.await(60, TimeUnit.SECONDS);
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                            return quick.apply(messages);
                        });
        long before = author.calls();
        ProjectWorkflow workflow = world.submit(TEXT, model);
        assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
        world.restartWorkers();
        answer.countDown();
        ProjectResult result = result(workflow);
        assertThat(result.verdict()).isEqualTo("SUCCEEDED");
        assertThat(author.calls() - before).as("two steps for each of three files").isEqualTo(6);
        assertThat(accounts().getFirst().settled()).isEqualTo(6 * 150L);
    }

    @Test
    void workersThatDieAgainAndAgainChangeNothingAndPayNothingTwice() throws Exception {
        String model = model(author("", UnaryOperator.identity()));
        long before = author.calls();
        ProjectResult calm = result(world.submit(TEXT, model));
        long calls = author.calls() - before;
        long settled = accounts().getFirst().settled();
        before = author.calls();
        ProjectWorkflow workflow = world.submit(TEXT, model);
        for (String task : List.of("program", "tests", "docs")) {
            await(workflow, task, "RUNNING");
            world.restartWorkers();
        }
        await(workflow, "INTEGRATE");
        world.restartWorkers();
        ProjectResult stormy = result(workflow);
        assertThat(stormy.verdict()).isEqualTo("SUCCEEDED");
        assertThat(stormy.files()).isEqualTo(calm.files());
        assertThat(author.calls() - before).isEqualTo(calls);
        assertThat(accounts().getFirst().settled()).isEqualTo(settled);
    }

    @Test
    void aModelMaySayWhatAFreeTextMeansAndAPersonAgrees() throws Exception {
        String text =
                "I want something for the shop that can sum two numbers and take one from another.";
        String named = "budget_tokens: 400000\nmodel: author/words\nreading: model";
        String sums = "{\"says\":\"It supports addition.\",\"quote\":\"sum two numbers\"}";
        String takes =
                "{\"says\":\"It supports subtraction.\",\"quote\":\"take one from another\"}";
        String answer =
                "{\"title\":\"Create Python CLI calculator\",\"sentences\":[%s],\"left_out\":[%s]}";
        author.script(
                "words",
                messages ->
                        new Move.Say(
                                messages.getFirst().text("content").orElse("").contains("restate")
                                        ? answer.formatted(sums + "," + takes, "")
                                        : "A calculator."));
        ProjectWorkflow workflow = world.submit(text, named);
        await(workflow, "AWAITING_HUMAN");
        assertThat(workflow.status().waits().get(""))
                .contains("read it as: It supports addition. It supports subtraction.");
        assertThatThrownBy(() -> workflow.decide(ProjectWorld.word(Choice.DELIVER)))
                .isInstanceOf(WorkflowUpdateException.class);
        workflow.decide(ProjectWorld.word(Choice.APPROVE));
        ProjectResult done = result(workflow);
        assertThat(done.verdict()).as("%s", done.reasons()).isEqualTo("SUCCEEDED");
        assertThat(world.file(done, "calculator.py"))
                .contains("left + right", "left - right")
                .doesNotContain("left * right");
        assertThat(report(done)).contains("\"kind\":\"READING\"", "\"task\":\"reading\"");
        Map<String, String> wrong =
                Map.of(
                        answer.formatted(sums.replace("two", "three"), ""),
                        "the text does not say 'sum three numbers'",
                        answer.formatted(
                                sums,
                                "\"for the shop\""
                                        + ",\"%s\"".formatted("x".repeat(900)).repeat(9)),
                        "the library cannot do: for the shop",
                        answer.formatted(sums.replace("addition", "plotting"), ""),
                        "plotting",
                        "I would say that it adds.",
                        "form");
        for (var said : wrong.entrySet()) {
            author.script("words", messages -> new Move.Say(said.getKey()));
            ProjectWorkflow refused = world.submit(text, named);
            await(refused, "AWAITING_HUMAN");
            assertThat(refused.status().reasons())
                    .anyMatch(
                            reason ->
                                    reason.contains("reading of a model was not taken")
                                            && reason.contains(said.getValue()));
            refused.decide(ProjectWorld.word(Choice.REJECT));
            assertThat(result(refused).verdict()).isEqualTo("REJECTED");
        }
    }

    @Test
    void aModelMayWordAnIntroductionAndNothingMore() throws Exception {
        author.script(
                "words",
                messages -> new Move.Say("A calculator of much use for addition and powers."));
        String named = "budget_tokens: 400000\nmodel: author/words";
        ProjectResult taken = result(world.submit(TEXT, named));
        assertThat(taken.verdict()).isEqualTo("SUCCEEDED");
        assertThat(report(taken)).contains("\"outcome\":\"taken\"");
        assertThat(world.file(taken, "README.md")).contains("of much use for addition and powers.");
        assertThat(world.file(taken, "calculator.py")).isEqualTo(right().get("calculator.py"));
        assertThat(report(taken)).contains("\"outcome\":\"taken\"");
        author.script("words", messages -> new Move.Say("A calculator with a web page and roots."));
        ProjectResult refused = result(world.submit(TEXT, named));
        assertThat(refused.verdict()).isEqualTo("SUCCEEDED");
        assertThat(world.file(refused, "README.md")).isEqualTo(right().get("README.md"));
        assertThat(report(refused)).contains("it speaks of 'web'");
        ProjectResult poor = result(world.submit(TEXT, "budget_tokens: 100\nmodel: author/words"));
        assertThat(poor.verdict()).isEqualTo("SUCCEEDED");
        assertThat(report(poor)).contains("the model said nothing");
    }

    private static String report(ProjectResult result) {
        return new String(
                world.content().get(result.report()).orElseThrow(), StandardCharsets.UTF_8);
    }
}
