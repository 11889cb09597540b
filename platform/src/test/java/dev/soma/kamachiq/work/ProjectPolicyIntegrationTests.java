package dev.soma.kamachiq.work;

import static dev.soma.kamachiq.work.ProjectWorld.await;
import static dev.soma.kamachiq.work.ProjectWorld.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.harness.TestPlatform;
import dev.soma.kamachiq.spec.SpecReader;
import dev.soma.kamachiq.spec.SpecReading;
import dev.soma.kamachiq.work.AuthorProvider.Move;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import dev.soma.metering.ProjectBudgets;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Rules, people, kill switches and the ledger around the tasks of projects.
class ProjectPolicyIntegrationTests {
    private static ProjectWorld world;
    private static AuthorProvider author;
    private static String approver;

    @BeforeAll
    static void open() throws Exception {
        world = new ProjectWorld(61_600);
        author = new AuthorProvider();
        world.platform.provider(
                "author", author.uri(), "spender", "slow", "flaky", "tooler", "dear", "thrifty");
        for (String model :
                new String[] {"spender", "slow", "flaky", "tooler", "dear", "thrifty"}) {
            world.certify("author/" + model);
        }
        String user =
                "{\"tenant\":\"%s\",\"capabilities\":[\"approvals:decide\",\"approvals:read\"]}"
                        .formatted(world.tenant);
        TestPlatform.ok(world.platform.put("/v1/users/bob", world.platform.adminKey(), user));
        approver =
                TestPlatform.json(
                                TestPlatform.ok(
                                        world.platform.post(
                                                "/v1/api-keys",
                                                world.platform.adminKey(),
                                                "{\"tenant\":\"%s\",\"owner\":\"bob\",\"name\":\"t\",\"capabilities\":[\"approvals:decide\",\"approvals:read\"]}"
                                                        .formatted(world.tenant))))
                        .text("key")
                        .orElseThrow();
        world.platform.pack(
                world.tenant,
                """
                {"permits":[{"action":"chat","capability":"chat"},
                            {"action":"project","capability":"projects:write"},
                            {"action":"task","capability":"projects:write"},
                            {"action":"tool","capability":"tools:call"}],
                 "rules":[{"name":"no_modulo","pattern":"modulo","effect":"deny","actions":["project"]},
                          {"name":"look_at_power","pattern":"power","effect":"review","actions":["task"],"weight":0.1},
                          {"name":"no_tests_of_roots","pattern":"subtraction","effect":"deny","actions":["task"]},
                          {"name":"no_secrets","pattern":"secret","effect":"deny","actions":["tool"]},
                          {"name":"look_at_licence","pattern":"licence","effect":"review","actions":["tool"],"weight":0.1}]}
                """);
    }

    @AfterAll
    static void replay() throws Exception {
        world.replayAll();
        author.close();
        world.close();
    }

    @Test
    void theRulesForbidAProjectBeforeAnythingIsPlanned() throws Exception {
        ProjectResult result = result(world.submit("It supports modulo.", ""));
        assertThat(result.verdict()).isEqualTo("REJECTED");
        assertThat(result.reasons()).singleElement().asString().contains("no_modulo");
        assertThat(result.files()).isEmpty();
    }

    @Test
    void theRulesForbidATaskWhichIsNotTriedAgain() throws Exception {
        ProjectResult result = result(world.submit("It supports subtraction.", ""));
        assertThat(result.verdict()).isEqualTo("FAILED");
        assertThat(result.reasons()).singleElement().asString().contains("no_tests_of_roots");
    }

    @Test
    void aTaskThatAPersonHasToApproveWaitsAndGoesOnWhenSomebodyElseHas() throws Exception {
        ProjectWorkflow workflow = world.submit("It supports power.", "");
        for (String task : new String[] {"program", "tests", "docs"}) {
            await(workflow, task, "BLOCKED_POLICY");
            String why = workflow.status().waits().getOrDefault(task, "");
            assertThat(why).contains("look_at_power");
            String id = why.substring(why.indexOf('(') + 1, why.indexOf(')'));
            TestPlatform.ok(
                    world.platform.post(
                            "/v1/approvals/" + id + "/decision",
                            approver,
                            "{\"decision\":\"approve\"}"));
        }
        assertThat(result(workflow).verdict()).isEqualTo("SUCCEEDED");
    }

    @Test
    void aTaskThatAPersonDeniesFails() throws Exception {
        ProjectWorkflow workflow = world.submit("It supports power and addition.", "");
        await(workflow, "program", "BLOCKED_POLICY");
        String why = workflow.status().waits().getOrDefault("program", "");
        TestPlatform.ok(
                world.platform.post(
                        "/v1/approvals/"
                                + why.substring(why.indexOf('(') + 1, why.indexOf(')'))
                                + "/decision",
                        approver,
                        "{\"decision\":\"deny\"}"));
        ProjectResult result = result(workflow);
        assertThat(result.verdict()).isEqualTo("FAILED");
        assertThat(result.reasons().getFirst()).contains("a person has denied it");
    }

    private static void kill(String action, String scope, String target) throws Exception {
        TestPlatform.ok(
                world.platform.post(
                        "/v1/killswitch",
                        world.platform.adminKey(),
                        "{\"scope\":\"%s\",\"target\":\"%s\",\"tenant\":\"%s\",\"action\":\"%s\",\"reason\":\"a test\"}"
                                .formatted(scope, target, world.tenant, action)));
    }

    @Test
    void aKilledAgentStopsInTheMiddleOfAnAnswerAndGoesOnWhenItIsLifted() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        author.script(
                "slow",
                messages -> {
                    asked.countDown();
                    try {
                        answer.await(60, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return new Move.Say("I give up.");
                });
        ProjectWorkflow workflow =
                world.submit(
                        "It supports addition.",
                        "producer: model\nbudget_tokens: 400000\nmodel: author/slow");
        assertThat(asked.await(60, TimeUnit.SECONDS)).isTrue();
        kill("kill", "agent", world.project() + "/program");
        await(workflow, "program", "BLOCKED_POLICY");
        kill("kill", "project", world.project());
        kill("lift", "agent", world.project() + "/program");
        answer.countDown();
        assertThat(workflow.status().waits().get("program")).contains("stopped");
        kill("lift", "project", world.project());
        await(workflow, "program", "AWAITING_HUMAN");
        assertThat(workflow.status().waits().get("program")).contains("wrote nothing");
        workflow.cancel();
        assertThat(result(workflow).verdict()).isEqualTo("CANCELLED");
    }

    @Test
    void aProjectStopsWhenItsMoneyIsGoneAndHoldsNothing() throws Exception {
        AtomicInteger written = new AtomicInteger();
        author.script(
                "spender",
                messages ->
                        AuthorProvider.write("calculator.py", "x = " + written.incrementAndGet()));
        long before = author.billed();
        ProjectResult result =
                result(
                        world.submit(
                                "It supports addition.",
                                "producer: model\nbudget_tokens: 30000\nmodel: author/spender"));
        assertThat(result.verdict()).isEqualTo("BUDGET_EXHAUSTED");
        assertThat(result.reasons().getFirst()).contains("no money left").contains("tokens");
        var accounts =
                world.platform
                        .bean(ProjectBudgets.class)
                        .accounts(new TenantId(world.tenant), world.project());
        assertThat(accounts.getFirst().settled())
                .isEqualTo(author.billed() - before)
                .isPositive()
                .isLessThanOrEqualTo(30_000);
        assertThat(accounts).allMatch(account -> account.held() == 0);
    }

    @Test
    void eachCallOfAToolIsJudgedBeforeItIsDone() throws Exception {
        List<String> texts = List.of("secret = 1", "licence = 2", "x = 3");
        List<String> answers = new CopyOnWriteArrayList<>();
        author.script(
                "tooler",
                messages -> {
                    int used = (int) AuthorProvider.used(messages);
                    if (used > 0) {
                        answers.add(messages.getLast().text("content").orElse(""));
                    }
                    return used < texts.size()
                            ? AuthorProvider.write("calculator.py", texts.get(used))
                            : new Move.Say("I give up.");
                });
        long before = author.calls();
        ProjectWorkflow workflow =
                world.submit(
                        "It supports addition.",
                        "producer: model\nbudget_tokens: 400000\nmodel: author/tooler");
        await(workflow, "program", "BLOCKED_POLICY");
        assertThat(answers).singleElement().asString().contains("forbid", "no_secrets");
        assertThat(author.calls() - before).isEqualTo(2);
        String why = workflow.status().waits().getOrDefault("program", "");
        assertThat(why).contains("look_at_licence");
        TestPlatform.ok(
                world.platform.post(
                        "/v1/approvals/"
                                + why.substring(why.indexOf('(') + 1, why.indexOf(')'))
                                + "/decision",
                        approver,
                        "{\"decision\":\"approve\"}"));
        await(workflow, "program", "REMEDIATING");
        workflow.cancel();
        assertThat(result(workflow).verdict()).isEqualTo("CANCELLED");
        assertThat(answers.get(1)).doesNotContain("forbid");
    }

    @Test
    void theLessMoneyIsLeftTheMoreIsLeftOut() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        author.script(
                "dear",
                messages -> {
                    messages.stream()
                            .filter(message -> message.text("role").orElse("").equals("tool"))
                            .map(message -> message.text("content").orElse(""))
                            .filter(text -> text.contains("left out"))
                            .forEach(told::add);
                    return dear(messages);
                });
        author.script("thrifty", ProjectPolicyIntegrationTests::dear);
        ProjectWorkflow workflow = world.start(DEAR);
        ProjectResult result = result(workflow);
        assertThat(result.verdict()).as("%s", result.reasons()).isEqualTo("PARTIAL");
        assertThat(workflow.status().states())
                .containsEntry("first", "DONE")
                .containsEntry("nice", "SKIPPED")
                .containsEntry("last", "DONE");
        assertThat(result.reasons()).anyMatch(reason -> reason.contains("to save money"));
        assertThat(told).isNotEmpty();
        world.requireListed(world.project(), "KqBudgetPct >= 85");
        assertThat(result.files()).containsKey("last/calculator.py");
        assertThat(writers(result))
                .containsEntry("first/calculator.py", "author/dear")
                .containsEntry("last/calculator.py", "author/thrifty");
    }

    /// Who wrote each file, by the report.
    private static Map<String, String> writers(ProjectResult result) throws Exception {
        Map<String, String> writers = new HashMap<>();
        for (JsonObject entry :
                StrictJson.parseObject(world.content().get(result.report()).orElseThrow())
                        .objects("record")) {
            for (JsonObject range : entry.objects("provenance")) {
                writers.put(entry.text("path").orElse(""), range.text("by").orElse(""));
            }
        }
        return writers;
    }

    private static final String DEAR =
            """
            id: dear
            title: Calculators
            text: Python 3.
            producer: model
            model: author/dear
            cheaper_model: author/thrifty
            budget_tokens: 200000
            timeout_minutes: 15
            tasks:
              - {id: first, type: code, description: A calculator that supports addition.}
              - {id: nice, type: code, description: A calculator that supports modulo of two numbers., required: false, dependencies: [first]}
              - {id: last, type: code, description: A calculator that supports addition., dependencies: [first]}
            """;

    /// Writes the same file again and again until most of the money is gone, then what is wanted.
    private static Move dear(List<JsonObject> messages) {
        String briefing = messages.getFirst().text("content").orElse("");
        String task = briefing.contains("first/") ? "first" : "last";
        int used = (int) AuthorProvider.used(messages);
        boolean wasteful = task.equals("first") && used < 19;
        author.price("dear", wasteful ? 8_000 : 50);
        int step = task.equals("first") ? used - 19 : used;
        List<String> paths = List.of("calculator.py", "README.md", "test_calculator.py");
        if (wasteful) {
            return AuthorProvider.write(task + "/calculator.py", "x = " + used);
        }
        return step < paths.size()
                ? AuthorProvider.write(
                        task + "/" + paths.get(step), good(task + "/" + paths.get(step)))
                : AuthorProvider.finish();
    }

    private static String good(String path) {
        String task = path.substring(0, path.indexOf('/'));
        return Deliverable.of(
                        ((SpecReading.Read) SpecReader.read(DEAR.getBytes(StandardCharsets.UTF_8)))
                                .spec())
                .made(task, path, Optional.empty())
                .orElseThrow();
    }

    @Test
    void anAnswerThatIsCutIsAskedForAgainAndPaidAsItsHold() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        author.script(
                "flaky",
                messages ->
                        calls.incrementAndGet() % 2 == 1
                                ? new Move.Cut()
                                : new Move.Say("I have nothing to say."));
        ProjectWorkflow workflow =
                world.submit(
                        "It supports addition.",
                        "producer: model\nbudget_tokens: 400000\nmodel: author/flaky");
        await(workflow, "program", "AWAITING_HUMAN");
        workflow.cancel();
        ProjectResult result = result(workflow);
        assertThat(result.verdict()).isEqualTo("CANCELLED");
        assertThat(
                        world.platform
                                .bean(ProjectBudgets.class)
                                .accounts(new TenantId(world.tenant), world.project()))
                .allMatch(account -> account.held() == 0 && account.settled() <= account.limit());
    }
}
