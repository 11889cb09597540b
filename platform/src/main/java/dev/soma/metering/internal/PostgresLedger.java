package dev.soma.metering.internal;

import dev.soma.metering.Ledger;
import dev.soma.runtime.Pipeline;
import dev.soma.runtime.Pipeline.Answer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/// [Ledger] in a handful of statements for any number of turns.
class PostgresLedger implements Ledger {
    private final Pipeline pipeline;
    private final Counter overdrafts;

    PostgresLedger(Pipeline pipeline, MeterRegistry meters) {
        this.pipeline = pipeline;
        this.overdrafts = meters.counter("soma_metering_overdrafts_total");
    }

    /// Who an account belongs to, without its unit and window.
    private record Scope(String tenant, int level, String subject) {
        String name() {
            return Levels.name(level) + "/" + subject;
        }
    }

    /// An account as locked, with what this batch holds on it so far.
    private static final class Account {
        final long id;
        final Scope scope;
        final String unit;
        long free;
        long newlyHeld;

        Account(long id, Scope scope, String unit, long free) {
            this.id = id;
            this.scope = scope;
            this.unit = unit;
            this.free = free;
        }
    }

    private record Hold(UUID turn, long account, long amount) {}

    @Override
    public Answer<List<HoldOutcome>> hold(List<HoldRequest> requests) {
        if (requests.isEmpty()) {
            return List::of;
        }
        Set<Scope> scopes = scopes(requests);
        return lock(scopes).map(found -> place(requests, accounts(found, scopes)));
    }

    private List<HoldOutcome> place(
            List<HoldRequest> requests, Map<Scope, List<Account>> accounts) {
        List<HoldOutcome> outcomes = new ArrayList<>(requests.size());
        List<Hold> holds = new ArrayList<>();
        for (HoldRequest request : requests) {
            outcomes.add(place(request, accounts, holds));
        }
        write(accounts, holds);
        return outcomes;
    }

    private static Set<Scope> scopes(List<HoldRequest> requests) {
        Set<Scope> scopes = new LinkedHashSet<>();
        requests.forEach(request -> scopes.addAll(scopes(request)));
        return scopes;
    }

    private static List<Scope> scopes(HoldRequest request) {
        List<Scope> scopes = new ArrayList<>(6);
        String tenant = request.tenant().value();
        request.work()
                .ifPresent(
                        work ->
                                Levels.of(work)
                                        .forEach(
                                                (level, subject) ->
                                                        scopes.add(
                                                                new Scope(
                                                                        tenant, level, subject))));
        request.key().ifPresent(key -> scopes.add(new Scope(tenant, Levels.KEY, key)));
        scopes.add(new Scope(tenant, Levels.USER, request.user().value()));
        scopes.add(new Scope(tenant, Levels.TENANT, tenant));
        return scopes;
    }

    /// The accounts that were found. A missing one is made and the locking repeated, which happens
    /// once in each window.
    private Map<Scope, List<Account>> accounts(List<Optional<Account>> found, Set<Scope> scopes) {
        List<Optional<Account>> all = found;
        if (found.stream().anyMatch(Optional::isEmpty)) {
            insertMissing(scopes);
            all = lock(scopes).get();
        }
        return all.stream()
                .flatMap(Optional::stream)
                .collect(Collectors.groupingBy(account -> account.scope));
    }

    /// Locks the accounts of the present windows.
    ///
    /// @return each account, empty where a budget has none for its present window yet
    private Answer<List<Optional<Account>>> lock(Set<Scope> scopes) {
        return pipeline.sql(
                        """
                        WITH wanted AS (
                          SELECT b.tenant, b.level, b.subject, b.unit,
                            CASE b.period WHEN 'total' THEN '-infinity'::timestamptz
                              ELSE date_trunc(b.period, now(), 'UTC') END AS window_start
                          FROM unnest(?::text[], ?::int[], ?::text[]) AS w (tenant, level, subject)
                          JOIN budget b ON b.tenant = w.tenant AND b.level = w.level AND b.subject = w.subject),
                        locked AS MATERIALIZED (
                          SELECT a.* FROM budget_account a
                          JOIN wanted USING (tenant, level, subject, unit, window_start)
                          ORDER BY a.level DESC, a.id FOR UPDATE OF a)
                        SELECT tenant, level, subject, unit, id, hard - settled - held
                        FROM wanted LEFT JOIN locked USING (tenant, level, subject, unit, window_start)
                        ORDER BY level DESC, id
                        """)
                .param(scopes.stream().map(Scope::tenant).toArray(String[]::new))
                .param(scopes.stream().map(Scope::level).toArray(Integer[]::new))
                .param(scopes.stream().map(Scope::subject).toArray(String[]::new))
                .ask(PostgresLedger::account);
    }

    private static Optional<Account> account(ResultSet row) throws SQLException {
        Scope scope = new Scope(row.getString(1), row.getInt(2), row.getString(3));
        long id = row.getLong(5);
        return row.wasNull()
                ? Optional.empty()
                : Optional.of(new Account(id, scope, row.getString(4), row.getLong(6)));
    }

    private void insertMissing(Set<Scope> scopes) {
        pipeline.sql(
                        """
                        INSERT INTO budget_account (tenant, level, subject, unit, window_start, hard)
                        SELECT b.tenant, b.level, b.subject, b.unit,
                          CASE b.period WHEN 'total' THEN '-infinity'::timestamptz ELSE date_trunc(b.period, now(), 'UTC') END,
                          b.hard
                        FROM budget b
                        JOIN unnest(?::text[], ?::int[], ?::text[]) AS wanted (tenant, level, subject)
                          ON b.tenant = wanted.tenant AND b.level = wanted.level AND b.subject = wanted.subject
                        ORDER BY b.level DESC, b.tenant, b.subject, b.unit
                        ON CONFLICT DO NOTHING
                        """)
                .param(scopes.stream().map(Scope::tenant).toArray(String[]::new))
                .param(scopes.stream().map(Scope::level).toArray(Integer[]::new))
                .param(scopes.stream().map(Scope::subject).toArray(String[]::new))
                .tell();
    }

    private static HoldOutcome place(
            HoldRequest request, Map<Scope, List<Account>> accounts, List<Hold> holds) {
        List<Account> mine = new ArrayList<>();
        boolean tenantHasBudget = false;
        boolean projectHasBudget = request.work().isEmpty();
        for (Scope scope : scopes(request)) {
            for (Account account : accounts.getOrDefault(scope, List.of())) {
                tenantHasBudget |= scope.level() == Levels.TENANT;
                projectHasBudget |= scope.level() == Levels.PROJECT;
                if (account.free < amount(request, account)) {
                    return new HoldOutcome.DoesNotFit(scope.name(), account.unit, account.free);
                }
                mine.add(account);
            }
        }
        if (!tenantHasBudget || !projectHasBudget) {
            return new HoldOutcome.NoBudget();
        }
        for (Account account : mine) {
            long amount = amount(request, account);
            account.free = Math.subtractExact(account.free, amount);
            account.newlyHeld = Math.addExact(account.newlyHeld, amount);
            holds.add(new Hold(request.turn(), account.id, amount));
        }
        return new HoldOutcome.Held();
    }

    private static long amount(HoldRequest request, Account account) {
        return account.unit.equals("tokens") ? request.tokens() : request.microUsd();
    }

    private void write(Map<Scope, List<Account>> accounts, List<Hold> holds) {
        if (holds.isEmpty()) {
            return;
        }
        List<Account> changed =
                accounts.values().stream()
                        .flatMap(List::stream)
                        .filter(account -> account.newlyHeld > 0)
                        .toList();
        pipeline.sql(
                        """
                        WITH held AS (
                          UPDATE budget_account a SET held = a.held + d.amount
                          FROM unnest(?::bigint[], ?::bigint[]) AS d (id, amount) WHERE a.id = d.id)
                        INSERT INTO budget_hold (turn, account, amount)
                        SELECT * FROM unnest(?::uuid[], ?::bigint[], ?::bigint[])
                        """)
                .param(changed.stream().map(account -> account.id).toArray(Long[]::new))
                .param(changed.stream().map(account -> account.newlyHeld).toArray(Long[]::new))
                .param(holds.stream().map(hold -> hold.turn().toString()).toArray(String[]::new))
                .param(holds.stream().map(Hold::account).toArray(Long[]::new))
                .param(holds.stream().map(Hold::amount).toArray(Long[]::new))
                .tell();
    }

    @Override
    public boolean extend(HoldRequest more) {
        return !pipeline.sql(
                        """
                                WITH locked AS MATERIALIZED (
                                  SELECT a.id, a.hard - a.settled - a.held AS free,
                                    CASE a.unit WHEN 'tokens' THEN ? ELSE ? END AS amount
                                  FROM budget_account a
                                  WHERE a.id IN (SELECT account FROM budget_hold
                                    WHERE turn = ? AND settled_amount IS NULL)
                                  ORDER BY a.level DESC, a.id FOR UPDATE),
                                fits AS (SELECT bool_and(free >= amount) AS every FROM locked),
                                moved AS (
                                  UPDATE budget_account a SET held = a.held + l.amount
                                  FROM locked l, fits WHERE a.id = l.id AND fits.every
                                  RETURNING a.id, l.amount)
                                UPDATE budget_hold h SET amount = h.amount + m.amount
                                FROM moved m WHERE h.turn = ? AND h.account = m.id
                                RETURNING h.account
                                """)
                .param(more.tokens())
                .param(more.microUsd())
                .param(more.turn())
                .param(more.turn())
                .ask(row -> row.getLong(1))
                .get()
                .isEmpty();
    }

    private record OpenHold(UUID turn, long account, String unit, long amount) {}

    @Override
    public Opened open(List<UUID> turns, List<HoldRequest> requests) {
        if (turns.isEmpty() && requests.isEmpty()) {
            return settlements -> {};
        }
        Answer<List<OpenHold>> open = openHolds(turns, scopes(requests));
        return settlements -> settle(open.get(), settlements);
    }

    private void settle(List<OpenHold> holds, List<Settlement> settlements) {
        Map<UUID, Settlement> byTurn = HashMap.newHashMap(settlements.size());
        settlements.forEach(settlement -> byTurn.put(settlement.turn(), settlement));
        List<OpenHold> open =
                holds.stream().filter(hold -> byTurn.containsKey(hold.turn())).toList();
        Map<Long, long[]> moves = new HashMap<>();
        Long[] amounts = new Long[open.size()];
        for (int i = 0; i < open.size(); i++) {
            OpenHold hold = open.get(i);
            amounts[i] =
                    spent(
                            byTurn.getOrDefault(
                                    hold.turn(), new Settlement(hold.turn(), Optional.empty())),
                            hold);
            long[] move = moves.computeIfAbsent(hold.account(), account -> new long[3]);
            move[0] = Math.addExact(move[0], hold.amount());
            move[1] = Math.addExact(move[1], amounts[i]);
            move[2] = Math.addExact(move[2], Math.max(0, amounts[i] - hold.amount()));
        }
        book(open, amounts, moves);
    }

    /// Locks the accounts in the order of the ledger, then reads the holds that nobody has settled.
    private Answer<List<OpenHold>> openHolds(List<UUID> turns, Set<Scope> scopes) {
        String[] ids = turns.stream().map(UUID::toString).toArray(String[]::new);
        return pipeline.sql(
                        """
                        WITH accounts AS MATERIALIZED (
                          SELECT a.id, a.unit FROM budget_account a
                          WHERE a.id IN (
                            SELECT account FROM budget_hold WHERE turn = ANY(?::uuid[]) AND settled_amount IS NULL
                            UNION ALL
                            SELECT p.id FROM unnest(?::text[], ?::int[], ?::text[]) AS w (tenant, level, subject)
                            JOIN budget b ON b.tenant = w.tenant AND b.level = w.level AND b.subject = w.subject
                            JOIN budget_account p ON p.tenant = b.tenant AND p.level = b.level
                              AND p.subject = b.subject AND p.unit = b.unit AND p.window_start =
                                CASE b.period WHEN 'total' THEN '-infinity'::timestamptz
                                  ELSE date_trunc(b.period, now(), 'UTC') END)
                          ORDER BY a.level DESC, a.id FOR UPDATE)
                        SELECT h.turn, h.account, a.unit, h.amount
                        FROM budget_hold h JOIN accounts a ON a.id = h.account
                        WHERE h.turn = ANY(?::uuid[]) AND h.settled_amount IS NULL FOR UPDATE OF h
                        """)
                .param(ids)
                .param(scopes.stream().map(Scope::tenant).toArray(String[]::new))
                .param(scopes.stream().map(Scope::level).toArray(Integer[]::new))
                .param(scopes.stream().map(Scope::subject).toArray(String[]::new))
                .param(ids)
                .ask(
                        row ->
                                new OpenHold(
                                        row.getObject(1, UUID.class),
                                        row.getLong(2),
                                        row.getString(3),
                                        row.getLong(4)));
    }

    private static long spent(Settlement settlement, OpenHold hold) {
        return settlement
                .usage()
                .map(usage -> hold.unit().equals("tokens") ? usage.tokens() : usage.microUsd())
                .orElse(hold.amount());
    }

    private void book(List<OpenHold> open, Long[] amounts, Map<Long, long[]> moves) {
        if (open.isEmpty()) {
            return;
        }
        List<Long> accounts = moves.keySet().stream().sorted(Comparator.naturalOrder()).toList();
        overdrafts.increment((double) moves.values().stream().filter(move -> move[2] > 0).count());
        pipeline.sql(
                        """
                        WITH moved AS (
                          UPDATE budget_account a SET held = a.held - m.held, settled = a.settled + m.settled,
                            overdraft = greatest(a.overdraft, a.settled + m.settled + a.held - m.held - a.hard)
                          FROM unnest(?::bigint[], ?::bigint[], ?::bigint[]) AS m (id, held, settled) WHERE a.id = m.id)
                        UPDATE budget_hold h SET settled_amount = d.amount
                        FROM unnest(?::uuid[], ?::bigint[], ?::bigint[]) AS d (turn, account, amount)
                        WHERE h.turn = d.turn AND h.account = d.account
                        """)
                .param(accounts.toArray(Long[]::new))
                .param(accounts.stream().map(id -> move(moves, id)[0]).toArray(Long[]::new))
                .param(accounts.stream().map(id -> move(moves, id)[1]).toArray(Long[]::new))
                .param(open.stream().map(hold -> hold.turn().toString()).toArray(String[]::new))
                .param(open.stream().map(OpenHold::account).toArray(Long[]::new))
                .param(amounts)
                .tell();
    }

    private static long[] move(Map<Long, long[]> moves, long account) {
        return moves.getOrDefault(account, new long[3]);
    }
}
