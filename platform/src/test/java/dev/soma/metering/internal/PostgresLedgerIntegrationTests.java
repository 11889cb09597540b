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
import dev.soma.metering.ProjectBudgets;
import dev.soma.metering.internal.Budgets.Budget;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The ledger on PostgreSQL against a model of a few lines.
class PostgresLedgerIntegrationTests {
    private static ModuleDatabase database;
    private static PostgresLedger ledger;
    private static Budgets budgets;

    @BeforeAll
    static void open() throws Exception {
        database = new ModuleDatabase("metering");
        ledger = new PostgresLedger(database.pipeline(), new SimpleMeterRegistry());
        budgets = new Budgets(database.jdbc(), new MeteringSettings(1_000));
    }

    @AfterAll
    static void close() {
        database.close();
    }

    private static String tenant() {
        return "t" + UUID.randomUUID().toString().substring(0, 13);
    }

    private static void budget(String tenant, int level, String subject, String unit, long hard) {
        budget(tenant, level, subject, unit, "total", hard);
    }

    private static void budget(
            String tenant, int level, String subject, String unit, String period, long hard) {
        database.transactions()
                .executeWithoutResult(
                        status ->
                                budgets.save(
                                        Actors.permit(tenant),
                                        new Budget(level, subject, unit, period, hard)));
    }

    private static HoldRequest request(String tenant, String user, long tokens, long microUsd) {
        return new HoldRequest(
                UUID.randomUUID(),
                new TenantId(tenant),
                new UserId(user),
                Optional.of("k-" + user),
                Optional.empty(),
                tokens,
                microUsd);
    }

    private static List<HoldOutcome> hold(List<HoldRequest> requests) {
        List<HoldOutcome> outcomes =
                database.transactions().execute(s -> ledger.hold(requests).get());
        return outcomes == null ? List.of() : outcomes;
    }

    private static HoldOutcome hold(HoldRequest request) {
        return hold(List.of(request)).getFirst();
    }

    private static void settle(UUID turn, Optional<Usage> usage) {
        database.transactions()
                .executeWithoutResult(
                        status -> ledger.settle(List.of(new Settlement(turn, usage))));
    }

    private record Row(long hard, long settled, long held, long overdraft) {}

    private static Map<String, Row> rows(String tenant) {
        Map<String, Row> rows = new TreeMap<>();
        database.jdbc()
                .sql(
                        "SELECT level || '/' || subject || '/' || unit, hard, settled, held, overdraft FROM budget_account WHERE tenant = ?")
                .param(tenant)
                .query(
                        row -> {
                            rows.put(
                                    row.getString(1),
                                    new Row(
                                            row.getLong(2),
                                            row.getLong(3),
                                            row.getLong(4),
                                            row.getLong(5)));
                        });
        return rows;
    }

    private static Row only(String tenant) {
        return rows(tenant).values().iterator().next();
    }

    /// What a budget is, said without a database.
    private static final class Model {
        final Map<String, long[]> accounts = new TreeMap<>();
        final Map<UUID, Map<String, Long>> holds = new HashMap<>();

        long[] account(String name) {
            return accounts.getOrDefault(name, new long[3]);
        }

        List<String> path(HoldRequest request) {
            return accounts.keySet().stream()
                    .filter(
                            name ->
                                    name.startsWith("0/")
                                            || name.startsWith("1/" + request.user() + "/")
                                            || name.startsWith("2/k-" + request.user() + "/"))
                    .toList();
        }

        static long amount(String account, long tokens, long microUsd) {
            return account.endsWith("tokens") ? tokens : microUsd;
        }

        boolean hold(HoldRequest request) {
            Map<String, Long> mine = new HashMap<>();
            for (String name : path(request)) {
                long[] account = accounts.get(name);
                long amount = amount(name, request.tokens(), request.microUsd());
                if (account == null || account[0] - account[1] - account[2] < amount) {
                    return false;
                }
                mine.put(name, amount);
            }
            mine.forEach((name, amount) -> account(name)[2] += amount);
            holds.put(request.turn(), mine);
            return true;
        }

        void settle(UUID turn, Optional<Usage> usage) {
            holds.getOrDefault(turn, Map.of())
                    .forEach(
                            (name, held) -> {
                                account(name)[2] -= held;
                                account(name)[1] +=
                                        usage.map(u -> amount(name, u.tokens(), u.microUsd()))
                                                .orElse(held);
                            });
            holds.remove(turn);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void agreesWithTheModelAfterEveryStep(long seed) {
        Random random = new Random(seed);
        String tenant = tenant();
        Model model = new Model();
        define(tenant, model, 0, tenant, "tokens", 3_000);
        define(tenant, model, 0, tenant, "micro_usd", 2_500);
        define(tenant, model, 1, "ann", "tokens", 900);
        define(tenant, model, 1, "bob", "micro_usd", 700);
        define(tenant, model, 2, "k-ann", "tokens", 600);
        for (int step = 0; step < 120; step++) {
            switch (random.nextInt(8)) {
                case 0 -> {
                    List<String> names = List.copyOf(model.accounts.keySet());
                    String[] name = names.get(random.nextInt(names.size())).split("/");
                    define(
                            tenant,
                            model,
                            Integer.parseInt(name[0]),
                            name[1],
                            name[2],
                            random.nextInt(4_000));
                }
                case 1, 2, 3 -> settleSome(random, model);
                default -> holdSome(random, tenant, model);
            }
            compare(tenant, model, "seed %d step %d".formatted(seed, step));
        }
    }

    private static void define(
            String tenant, Model model, int level, String subject, String unit, long hard) {
        budget(tenant, level, subject, unit, hard);
        model.accounts.computeIfAbsent(level + "/" + subject + "/" + unit, n -> new long[3])[0] =
                hard;
    }

    private static void holdSome(Random random, String tenant, Model model) {
        List<HoldRequest> batch = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(3); i++) {
            batch.add(
                    request(
                            tenant,
                            random.nextBoolean() ? "ann" : "bob",
                            random.nextInt(300),
                            random.nextInt(250)));
        }
        List<Boolean> expected = batch.stream().map(model::hold).toList();
        assertThat(hold(batch).stream().map(HoldOutcome.Held.class::isInstance).toList())
                .isEqualTo(expected);
    }

    private static void settleSome(Random random, Model model) {
        if (model.holds.isEmpty()) {
            return;
        }
        List<UUID> open = model.holds.keySet().stream().sorted().toList();
        UUID turn = open.get(random.nextInt(open.size()));
        Optional<Usage> usage =
                random.nextInt(3) == 0
                        ? Optional.empty()
                        : Optional.of(
                                new Usage(
                                        random.nextInt(250),
                                        random.nextInt(250),
                                        random.nextInt(500)));
        model.settle(turn, usage);
        settle(turn, usage);
        settle(turn, Optional.of(new Usage(77, 77, 77)));
    }

    private static void compare(String tenant, Model model, String where) {
        Map<String, Row> rows = rows(tenant);
        model.accounts.forEach(
                (name, account) -> {
                    Row row = rows.get(name);
                    if (row == null) {
                        assertThat(account[1] + account[2]).as(where + " " + name).isZero();
                        return;
                    }
                    assertThat(List.of(row.hard(), row.settled(), row.held()))
                            .as(where + " " + name)
                            .isEqualTo(List.of(account[0], account[1], account[2]));
                    assertThat(row.settled() + row.held())
                            .as(where + " " + name)
                            .isLessThanOrEqualTo(row.hard() + row.overdraft());
                });
    }

    @Test
    void manyAtOnceNeverOverspend() throws Exception {
        String tenant = tenant();
        budget(tenant, 0, tenant, "tokens", "day", 1_000);
        List<Callable<HoldOutcome>> wanted = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            int user = i % 7;
            wanted.add(() -> hold(request(tenant, "u" + user, 100, 0)));
        }
        long held = 0;
        try (var threads = Executors.newFixedThreadPool(64)) {
            for (Future<HoldOutcome> outcome : threads.invokeAll(wanted)) {
                held += outcome.get() instanceof HoldOutcome.Held ? 1 : 0;
            }
        }
        assertThat(held).isEqualTo(10);
        assertThat(only(tenant)).isEqualTo(new Row(1_000, 0, 1_000, 0));
    }

    @Test
    void manyTenantsWithNewWindowsDoNotBlockEachOtherForGood() throws Exception {
        List<String> tenants = List.of(tenant(), tenant(), tenant(), tenant(), tenant(), tenant());
        tenants.forEach(tenant -> budget(tenant, 0, tenant, "tokens", "day", 1_000_000));
        List<Callable<List<HoldOutcome>>> wanted = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            List<String> order = new ArrayList<>(tenants);
            java.util.Collections.shuffle(order, new Random(i));
            wanted.add(() -> hold(order.stream().map(t -> request(t, "ann", 10, 0)).toList()));
        }
        try (var threads = Executors.newFixedThreadPool(16)) {
            for (Future<List<HoldOutcome>> outcome : threads.invokeAll(wanted)) {
                assertThat(outcome.get()).hasSize(6).allMatch(HoldOutcome.Held.class::isInstance);
            }
        }
        tenants.forEach(tenant -> assertThat(only(tenant).held()).isEqualTo(320));
    }

    @Test
    void oneFullLevelHoldsNothingAnywhere() {
        String tenant = tenant();
        budget(tenant, 0, tenant, "tokens", 1_000);
        budget(tenant, 1, "ann", "tokens", 50);

        assertThat(hold(request(tenant, "ann", 60, 0)))
                .isEqualTo(new HoldOutcome.DoesNotFit("user/ann", "tokens", 50));
        assertThat(rows(tenant).values()).allMatch(row -> row.held() == 0);
    }

    @Test
    void aTenantWithoutBudgetGetsNothing() {
        String tenant = tenant();
        budget(tenant, 1, "ann", "tokens", 50);
        assertThat(hold(request(tenant, "ann", 1, 0))).isEqualTo(new HoldOutcome.NoBudget());
    }

    @Test
    void missingUsageBooksTheWholeHoldAndSettlingTwiceChangesNothing() {
        String tenant = tenant();
        budget(tenant, 0, tenant, "tokens", 1_000);
        HoldRequest request = request(tenant, "ann", 300, 0);
        hold(request);

        settle(request.turn(), Optional.empty());
        settle(request.turn(), Optional.of(new Usage(1, 1, 1)));

        assertThat(only(tenant)).isEqualTo(new Row(1_000, 300, 0, 0));
    }

    @Test
    void moreThanTheHoldIsOverdraftAndFreesNothing() {
        String tenant = tenant();
        budget(tenant, 0, tenant, "tokens", 100);
        HoldRequest request = request(tenant, "ann", 100, 0);
        hold(request);

        settle(request.turn(), Optional.of(new Usage(100, 150, 0)));

        assertThat(only(tenant)).isEqualTo(new Row(100, 250, 0, 150));
        assertThat(hold(request(tenant, "ann", 1, 0))).isInstanceOf(HoldOutcome.DoesNotFit.class);
    }

    @Test
    void aNewWindowStartsEmptyWhileOldHoldsSettleInTheirOwn() {
        String tenant = tenant();
        budget(tenant, 0, tenant, "tokens", "day", 100);
        HoldRequest yesterday = request(tenant, "ann", 100, 0);
        hold(yesterday);
        database.jdbc()
                .sql(
                        "UPDATE budget_account SET window_start = window_start - interval '1 day' WHERE tenant = ?")
                .param(tenant)
                .update();

        assertThat(hold(request(tenant, "ann", 60, 0))).isEqualTo(new HoldOutcome.Held());
        settle(yesterday.turn(), Optional.of(new Usage(40, 0, 0)));

        assertThat(
                        database.jdbc()
                                .sql(
                                        "SELECT settled || ' ' || held FROM budget_account WHERE tenant = ? ORDER BY window_start")
                                .param(tenant)
                                .query(String.class)
                                .list())
                .containsExactly("40 0", "0 60");
    }

    @Test
    void aLoweredLimitStopsFurtherHoldsAndKeepsWhatIsHeld() {
        String tenant = tenant();
        budget(tenant, 0, tenant, "tokens", 1_000);
        HoldRequest running = request(tenant, "ann", 400, 0);
        hold(running);

        budget(tenant, 0, tenant, "tokens", 100);
        assertThat(hold(request(tenant, "ann", 1, 0))).isInstanceOf(HoldOutcome.DoesNotFit.class);
        settle(running.turn(), Optional.of(new Usage(30, 20, 0)));

        assertThat(only(tenant).settled()).isEqualTo(50);
        assertThat(hold(request(tenant, "ann", 50, 0))).isEqualTo(new HoldOutcome.Held());
    }

    private static HoldRequest inProject(String tenant, Work work, long tokens) {
        return new HoldRequest(
                UUID.randomUUID(),
                new TenantId(tenant),
                new UserId("u"),
                Optional.empty(),
                Optional.of(work),
                tokens,
                0);
    }

    @Test
    void aProjectPaysFromItsOwnBudgetToo() {
        String tenant = tenant();
        budget(tenant, 0, tenant, "tokens", 1_000_000);
        Permit permit = Actors.permit(tenant);
        ProjectBudgets projects = projects();
        assertThat(hold(inProject(tenant, new Work("p", "a"), 1)))
                .as("a project without a budget spends nothing")
                .isInstanceOf(HoldOutcome.NoBudget.class);
        projects.open(permit, "p", 105);
        projects.open(permit, "p", 1_000);
        projects.openTask(permit, "p", "a");
        projects.openTask(permit, "p", "b");
        assertThat(hold(inProject(tenant, new Work("p", "a"), 60)))
                .isInstanceOf(HoldOutcome.Held.class);
        assertThat(hold(inProject(tenant, new Work("p", "b"), 35)))
                .as("nine tenths of 105, rounded down, are 94")
                .isEqualTo(new HoldOutcome.DoesNotFit("tasks/p", "tokens", 34));
        assertThat(hold(inProject(tenant, new Work("p", ""), 45)))
                .as("the last tenth is the project's own")
                .isInstanceOf(HoldOutcome.Held.class);
        assertThat(hold(inProject(tenant, new Work("p", ""), 1)))
                .isEqualTo(new HoldOutcome.DoesNotFit("project/p", "tokens", 0));
        projects.topUp(permit, "p", 10);
        assertThat(hold(inProject(tenant, new Work("p", "b"), 10)))
                .isInstanceOf(HoldOutcome.Held.class);
        assertThat(projects.accounts(new TenantId(tenant), "p"))
                .containsExactly(
                        new ProjectBudgets.Account("", 115, 0, 115),
                        new ProjectBudgets.Account("a", 103, 0, 60),
                        new ProjectBudgets.Account("b", 103, 0, 10));
        assertThat(projects.accounts(new TenantId(tenant), "q")).isEmpty();
    }

    private static ProjectBudgets projects() {
        return new PostgresProjectBudgets(database.jdbc(), database.transactions());
    }
}
