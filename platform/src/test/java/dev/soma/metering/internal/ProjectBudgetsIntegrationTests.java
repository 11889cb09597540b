package dev.soma.metering.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.harness.Actors;
import dev.soma.harness.ModuleDatabase;
import dev.soma.kernel.Permit;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.UserId;
import dev.soma.kernel.Work;
import dev.soma.metering.Ledger.HoldOutcome;
import dev.soma.metering.Ledger.HoldRequest;
import dev.soma.metering.Ledger.Settlement;
import dev.soma.metering.Ledger.Usage;
import dev.soma.metering.ProjectBudgets.Account;
import dev.soma.metering.internal.Budgets.Budget;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Ten agents at once on one project's money, on PostgreSQL.
class ProjectBudgetsIntegrationTests {
    private static final int AGENTS = 10;
    private static final int RUNS = 1_000;
    private static final String TENANT = "crowd";
    private static ModuleDatabase database;
    private static PostgresLedger ledger;
    private static PostgresProjectBudgets projects;

    @BeforeAll
    static void open() throws Exception {
        database = new ModuleDatabase("metering");
        ledger = new PostgresLedger(database.pipeline(), new SimpleMeterRegistry());
        projects = new PostgresProjectBudgets(database.jdbc(), database.transactions());
        Budgets budgets = new Budgets(database.jdbc(), new MeteringSettings(1_000));
        database.transactions()
                .executeWithoutResult(
                        status ->
                                budgets.save(
                                        Actors.permit(TENANT),
                                        new Budget(
                                                Levels.TENANT,
                                                TENANT,
                                                "tokens",
                                                "total",
                                                1L << 40)));
    }

    @AfterAll
    static void close() {
        database.close();
    }

    /// One step of an agent: what it holds, and what becomes of it. Nothing is settled when it
    /// crashes, or its answer comes late.
    private record Step(UUID turn, int agent, long tokens, Optional<Long> used, boolean answered) {}

    private static HoldOutcome hold(String project, Step step) {
        HoldRequest request =
                new HoldRequest(
                        step.turn(),
                        new TenantId(TENANT),
                        new UserId("u"),
                        Optional.empty(),
                        Optional.of(new Work(project, "t" + step.agent())),
                        step.tokens(),
                        0);
        List<HoldOutcome> outcomes =
                database.transactions().execute(s -> ledger.hold(List.of(request)).get());
        return outcomes == null ? new HoldOutcome.NoBudget() : outcomes.getFirst();
    }

    private static void settle(Step step) {
        Optional<Usage> usage = step.used().map(tokens -> new Usage(tokens, 0, 0));
        database.transactions()
                .executeWithoutResult(
                        s -> ledger.settle(List.of(new Settlement(step.turn(), usage))));
    }

    private static Step step(Random random, int agent) {
        int tokens = 1 + random.nextInt(300);
        Optional<Long> used =
                random.nextInt(4) == 0
                        ? Optional.empty()
                        : Optional.of((long) random.nextInt(tokens + 1));
        return new Step(UUID.randomUUID(), agent, tokens, used, random.nextInt(3) > 0);
    }

    private static void requireBounds(String project, String where) {
        for (Account account : projects.accounts(new TenantId(TENANT), project)) {
            assertThat(account.settled() + account.held())
                    .as(where)
                    .isLessThanOrEqualTo(account.limit());
        }
    }

    @Test
    void tenAgentsNeverPassTheLimitWhateverTheOrderAndWhoeverCrashes() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        Permit permit = Actors.permit(TENANT);
        int refused = 0;
        try (ExecutorService agents = Executors.newFixedThreadPool(AGENTS)) {
            for (int run = 0; run < RUNS; run++) {
                String project = "p" + run;
                String where = "seed %d run %d".formatted(seed, run);
                projects.open(permit, project, random.nextInt(2_000));
                List<Callable<Boolean>> work = new ArrayList<>();
                Map<Step, Boolean> held = new ConcurrentHashMap<>();
                for (int agent = 0; agent < AGENTS; agent++) {
                    projects.openTask(permit, project, "t" + agent);
                    Step step = step(random, agent);
                    work.add(
                            () -> {
                                boolean may = hold(project, step) instanceof HoldOutcome.Held;
                                held.put(step, may);
                                if (may && step.answered()) {
                                    settle(step);
                                }
                                return may;
                            });
                }
                for (Future<Boolean> done : agents.invokeAll(work)) {
                    refused += done.get() ? 0 : 1;
                }
                requireBounds(project, where);
                held.forEach(
                        (step, may) -> {
                            if (may) {
                                settle(step);
                            }
                        });
                long spent =
                        held.entrySet().stream()
                                .filter(Map.Entry::getValue)
                                .mapToLong(
                                        entry ->
                                                entry.getKey()
                                                        .used()
                                                        .orElse(entry.getKey().tokens()))
                                .sum();
                List<Account> accounts = projects.accounts(new TenantId(TENANT), project);
                assertThat(accounts).as(where).allMatch(account -> account.held() == 0);
                assertThat(accounts.getFirst().settled()).as(where).isEqualTo(spent);
                assertThat(accounts.stream().skip(1).mapToLong(Account::settled).sum())
                        .as(where)
                        .isEqualTo(spent);
            }
        }
        assertThat(refused).as("some have to be refused, else nothing was shown").isPositive();
    }
}
