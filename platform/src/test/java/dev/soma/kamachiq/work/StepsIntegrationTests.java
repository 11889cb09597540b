package dev.soma.kamachiq.work;

import static dev.soma.kamachiq.work.ProjectWorld.result;
import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.devkit.EngineProcess;
import dev.soma.devkit.TestEngines;
import dev.soma.kamachiq.work.AuthorProvider.Move;
import dev.soma.kamachiq.work.Payloads.Happening;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kamachiq.work.Payloads.Shown;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.metering.ProjectBudgets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every step of every workflow is lost once, before and after it is done, and done twice: nothing
/// that comes of it is different, nothing is paid twice and nothing is told twice.
class StepsIntegrationTests {
    private static final String TEXT = "It supports addition. The program is called sums.";
    private static final String WRITTEN =
            "producer: model\nbudget_tokens: 400000\nmodel: author/writer";
    private static final Duration LONG = Duration.ofMinutes(8);
    private static final boolean FULL = System.getProperty("soma.tests", "").equals("full");
    private static ProjectWorld world;
    private static AuthorProvider author;

    @BeforeAll
    static void open() throws Exception {
        world = new ProjectWorld(62_000);
        author = new AuthorProvider();
        world.platform.provider("author", author.uri(), "writer");
        author.script("writer", StepsIntegrationTests::answers);
        world.certify("author/writer");
    }

    @AfterAll
    static void replay() throws Exception {
        world.replayAll();
        author.close();
        world.close();
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

    /// What came of a project, and what it took.
    private record Trace(
            ProjectResult result, long calls, long settled, Map<String, Integer> told) {}

    private static Trace project(String more) throws Exception {
        long before = author.calls();
        ProjectResult result = result(world.submit(TEXT, more), LONG);
        Map<String, Integer> told = new TreeMap<>();
        for (Happening happening : world.platform.bean(Books.class).told(world.order())) {
            String state = happening.facts().getOrDefault("state", "");
            told.merge(happening.kind() + " " + happening.task() + " " + state, 1, Integer::sum);
        }
        long settled =
                world.platform
                        .bean(ProjectBudgets.class)
                        .accounts(new TenantId(world.tenant), world.project())
                        .getFirst()
                        .settled();
        return new Trace(result, author.calls() - before, settled, told);
    }

    private static void requireSame(Trace calm, String more) throws Exception {
        Trace stormy = project(more);
        assertThat(stormy.result().verdict())
                .as("%s", stormy.result().reasons())
                .isEqualTo("SUCCEEDED");
        assertThat(stormy.result().files()).isEqualTo(calm.result().files());
        assertThat(stormy.calls()).isEqualTo(calm.calls());
        assertThat(stormy.settled()).isEqualTo(calm.settled());
        assertThat(stormy.told()).isEqualTo(calm.told());
    }

    /// Each in a full run, by turns otherwise.
    static Stream<Mishap.Kind> kinds() {
        return FULL ? Mishap.TURNS.stream() : Stream.of(Mishap.Kind.MIXED);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void whateverHappensToEveryStepOfAProjectChangesNothing(Mishap.Kind kind) throws Exception {
        world.restartWorkers();
        Trace calm = project("");
        Mishap mishap = new Mishap(kind, Mishap.EVERY);
        world.restartWorkers(mishap);
        requireSame(calm, "");
        assertThat(mishap.steps()).isGreaterThan(15);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void whateverHappensToEveryStepOfAModelIsPaidOnce(Mishap.Kind kind) throws Exception {
        world.restartWorkers();
        Trace calm = project(WRITTEN);
        assertThat(calm.calls()).isEqualTo(6);
        world.restartWorkers(new Mishap(kind, Mishap.EVERY));
        requireSame(calm, WRITTEN);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    @EnabledIfSystemProperty(named = "soma.tests", matches = "full")
    void whateverHappensToEveryStepOfACertificateChangesNothing(Mishap.Kind kind) throws Exception {
        world.restartWorkers(new Mishap(kind, Mishap.EVERY));
        long before = author.calls();
        Shown shown = world.show("author/writer");
        assertThat(shown.passed()).isEqualTo(20);
        assertThat(author.calls() - before).isEqualTo(40);
    }

    /// Each dies in the middle of a project, at a step that chance chooses; in a full run again and
    /// again.
    @Test
    void enginesThatDieUnderAProjectChangeNothing() throws Exception {
        long seed = Long.getLong("soma.seed", new Random().nextLong());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        Mishap none = new Mishap(Mishap.Kind.TWICE, Integer.MAX_VALUE);
        world.restartWorkers(none);
        Trace calm = project("");
        int steps = none.steps();
        List<EngineProcess> engines =
                List.of(
                        TestEngines.postgres().process(),
                        TestEngines.kafka().process(),
                        TestEngines.temporal().process());
        for (int round = 0; round < (FULL ? 10 : 1); round++) {
            for (EngineProcess engine : engines) {
                Mishap count = new Mishap(Mishap.Kind.TWICE, Integer.MAX_VALUE);
                world.restartWorkers(count);
                int at = 1 + random.nextInt(steps - 2);
                Thread killer =
                        Thread.startVirtualThread(
                                () -> {
                                    while (count.steps() < at) {
                                        Thread.onSpinWait();
                                    }
                                    engine.kill();
                                    engine.start();
                                });
                requireSame(calm, "");
                killer.join();
            }
        }
    }

    /// One step after the other.
    @Test
    @EnabledIfSystemProperty(named = "soma.tests", matches = "full")
    void whateverHappensToOneStepChangesNothing() throws Exception {
        Mishap none = new Mishap(Mishap.Kind.TWICE, Integer.MAX_VALUE);
        world.restartWorkers(none);
        Trace calm = project("");
        for (int step = 0; step < none.steps(); step++) {
            for (Mishap.Kind kind : Mishap.TURNS) {
                world.restartWorkers(new Mishap(kind, step));
                requireSame(calm, "");
            }
        }
    }
}
