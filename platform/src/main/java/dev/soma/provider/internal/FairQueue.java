package dev.soma.provider.internal;

import dev.soma.kernel.LruMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Who is served next by a provider that serves only so many at once: tenants take turns, and in
/// each round every one of them may use the same number of tokens (deficit round robin, Shreedhar
/// and Varghese 1995). What a call uses is known only when it has ended, so it is charged what
/// calls of its tenant mostly turn out to use of their bound, the charge is put right at the end,
/// and a tenant is served while its balance is above zero. A tenant alone is charged nothing.
///
/// While two tenants both wait all the time, what they were served differs by at most two quanta
/// and what `3 * (concurrent + 1)` of their largest calls use, however long it goes on.
///
/// Among the calls of one tenant, one that begins like the call before it passes others, up to
/// [#MAX_PASSED] times, since the provider has that beginning at hand still. No call passes one of
/// another tenant for that. Pure; not thread-safe.
final class FairQueue {
    /// Tokens for each tenant in each round.
    static final long QUANTUM = 256;

    /// How often the first of a tenant may be passed.
    static final int MAX_PASSED = 4;

    /// How far a call is looked for that begins like the one before.
    private static final int LOOK_AHEAD = 16;

    private static final int MAX_ACCOUNTS = 10_000;

    /// Weight of the newest call in what is expected of the next.
    private static final double NEWEST = 0.2;

    private final Limits limits;
    private final Map<String, Account> accounts = new LruMap<>(MAX_ACCOUNTS);
    private final Ring ring = new Ring();
    private @Nullable List<Ticket> foretold;
    private int running;
    private long runningTokens;
    private int waiting;
    private double nanosPerToken;
    private boolean anyDebt;

    /// @param concurrent calls that the provider serves at once
    /// @param perTenant calls of one tenant that may wait
    /// @param total calls that may wait
    record Limits(int concurrent, int perTenant, int total) {}

    /// One call.
    static final class Ticket {
        private final String tenant;
        private final String prefix;
        private final long bound;
        private long charge;
        private long expected;

        /// @param prefix equal for calls that begin alike
        /// @param bound tokens that it uses at most
        Ticket(String tenant, String prefix, long bound) {
            this.tenant = tenant;
            this.prefix = prefix;
            this.bound = Math.max(1, bound);
        }

        String tenant() {
            return tenant;
        }
    }

    /// What became of an offer.
    enum Offer {
        RUNS,
        WAITS,
        /// Too many wait.
        FULL
    }

    /// Where a call stands that waits.
    ///
    /// @param position counted from 1
    /// @param nanos until it runs, by the pace of calls that have ended; empty before one has
    record Place(int position, OptionalLong nanos) {}

    FairQueue(Limits limits) {
        this.limits = limits;
    }

    Offer offer(Ticket ticket) {
        Account account = accounts.computeIfAbsent(ticket.tenant, tenant -> new Account());
        if (running < limits.concurrent() && waiting == 0) {
            account.prefix = ticket.prefix;
            ticket.charge = 0;
            run(ticket, account);
            return Offer.RUNS;
        }
        Lane lane = ring.lanes.get(ticket.tenant);
        if (waiting >= limits.total()
                || (lane != null && lane.tickets.size() >= limits.perTenant())) {
            return Offer.FULL;
        }
        ring.join(ticket, account);
        waiting++;
        foretold = null;
        return Offer.WAITS;
    }

    private void run(Ticket ticket, Account account) {
        running++;
        ticket.expected = account.estimate(ticket);
        runningTokens += ticket.expected;
    }

    /// Takes a call out that waits.
    ///
    /// @return false when it does not wait any more
    boolean withdraw(Ticket ticket) {
        Lane lane = ring.lanes.get(ticket.tenant);
        if (lane == null || !lane.tickets.remove(ticket)) {
            return false;
        }
        waiting--;
        foretold = null;
        if (lane.tickets.isEmpty()) {
            ring.leave(lane);
            settle(lane);
        }
        return true;
    }

    /// A tenant that waits for nothing keeps its debt and no credit.
    private void settle(Lane lane) {
        lane.account.balance = Math.min(0, lane.balance);
        lane.account.prefix = lane.prefix;
        anyDebt |= lane.balance < 0;
    }

    /// A call that ran has ended.
    ///
    /// @param used its tokens; empty when nobody counted, then its charge stands
    /// @param nanos how long it took
    /// @return calls that run now
    List<Ticket> end(Ticket ticket, OptionalLong used, long nanos) {
        running--;
        runningTokens -= ticket.expected;
        used.ifPresent(tokens -> learn(ticket, tokens, nanos));
        List<Ticket> next = new ArrayList<>();
        while (running < limits.concurrent() && waiting > 0) {
            Taken taken = ring.next();
            waiting--;
            taken.ticket().charge = taken.charge();
            run(taken.ticket(), taken.lane().account);
            if (taken.lane().tickets.isEmpty()) {
                settle(taken.lane());
            }
            next.add(taken.ticket());
        }
        foretold = null;
        if (running == 0 && anyDebt) {
            accounts.values().forEach(account -> account.balance = 0);
            anyDebt = false;
        }
        return next;
    }

    private void learn(Ticket ticket, long tokens, long nanos) {
        if (tokens > 0) {
            double pace = (double) nanos / tokens;
            nanosPerToken = nanosPerToken == 0 ? pace : lately(nanosPerToken, pace);
        }
        Account account = accounts.get(ticket.tenant);
        if (account == null) {
            return;
        }
        if (tokens > 0) {
            double share = Math.min(1, (double) tokens / ticket.bound);
            account.usedOfBound = lately(account.usedOfBound, share);
        }
        if (ticket.charge > 0) {
            correct(account, ticket, ticket.charge - tokens);
        }
    }

    private void correct(Account account, Ticket ticket, long over) {
        Lane lane = ring.lanes.get(ticket.tenant);
        if (lane == null) {
            account.balance = Math.min(0, account.balance + over);
            anyDebt |= account.balance < 0;
        } else {
            lane.balance += over;
        }
    }

    private static double lately(double before, double now) {
        return before + NEWEST * (now - before);
    }

    boolean idle() {
        return running == 0 && waiting == 0;
    }

    int waiting() {
        return waiting;
    }

    /// Where a call stands, if nobody comes or leaves any more.
    Optional<Place> place(Ticket ticket) {
        int index = order().indexOf(ticket);
        return index < 0 ? Optional.empty() : Optional.of(behind(index));
    }

    /// Where a call would stand that came last of all.
    Place last() {
        return behind(waiting);
    }

    /// @param others how many run before it; of those that run now half is left on average
    private Place behind(int others) {
        double tokens = runningTokens / 2.0;
        for (Ticket ticket : order().subList(0, others)) {
            tokens += expected(ticket);
        }
        return new Place(others + 1, wait(tokens));
    }

    private long expected(Ticket ticket) {
        Account account = accounts.get(ticket.tenant);
        return account == null ? ticket.bound : account.estimate(ticket);
    }

    private OptionalLong wait(double tokens) {
        return nanosPerToken == 0
                ? OptionalLong.empty()
                : OptionalLong.of((long) (tokens * nanosPerToken / limits.concurrent()));
    }

    /// The calls that wait, in the order in which they run if nobody comes any more and every call
    /// uses what is expected of it.
    List<Ticket> order() {
        List<Ticket> known = foretold;
        if (known == null) {
            Ring copy = new Ring(ring);
            known = new ArrayList<>(waiting);
            for (int i = 0; i < waiting; i++) {
                known.add(copy.next().ticket());
            }
            foretold = known;
        }
        return known;
    }

    /// What is remembered of a tenant.
    private static final class Account {
        private long balance;
        private double usedOfBound = 1;
        private String prefix = "";

        private long estimate(Ticket ticket) {
            return Math.max(1, (long) Math.ceil(ticket.bound * usedOfBound));
        }
    }

    /// The calls of a tenant that wait.
    private static final class Lane {
        private final String tenant;
        private final Account account;
        private final Deque<Ticket> tickets = new ArrayDeque<>();
        private long balance;
        private String prefix;
        private int passed;
        private boolean visited;

        private Lane(String tenant, Account account) {
            this.tenant = tenant;
            this.account = account;
            this.balance = account.balance;
            this.prefix = account.prefix;
        }

        private Lane(Lane other) {
            this(other.tenant, other.account);
            tickets.addAll(other.tickets);
            balance = other.balance;
            prefix = other.prefix;
            passed = other.passed;
            visited = other.visited;
        }

        /// Takes out the call to be served next.
        private Ticket take() {
            Ticket first = tickets.getFirst();
            Ticket chosen = passed < MAX_PASSED ? likeTheLast().orElse(first) : first;
            tickets.remove(chosen);
            passed = chosen == first ? 0 : passed + 1;
            prefix = chosen.prefix;
            return chosen;
        }

        private Optional<Ticket> likeTheLast() {
            return tickets.stream()
                    .limit(LOOK_AHEAD)
                    .filter(ticket -> ticket.prefix.equals(prefix))
                    .findFirst();
        }
    }

    /// @param charge what its tenant paid for it
    private record Taken(Ticket ticket, Lane lane, long charge) {}

    /// The rounds. A copy looks ahead: nothing that happens in it changes accounts or tickets.
    private static final class Ring {
        private final Map<String, Lane> lanes = new HashMap<>();
        private final Deque<Lane> turns = new ArrayDeque<>();

        private Ring() {}

        private Ring(Ring other) {
            for (Lane lane : other.turns) {
                Lane copy = new Lane(lane);
                lanes.put(copy.tenant, copy);
                turns.addLast(copy);
            }
        }

        private void join(Ticket ticket, Account account) {
            Lane lane = lanes.get(ticket.tenant);
            if (lane == null) {
                lane = new Lane(ticket.tenant, account);
                lanes.put(ticket.tenant, lane);
                turns.addLast(lane);
            }
            lane.tickets.addLast(ticket);
        }

        private void leave(Lane lane) {
            lanes.remove(lane.tenant);
            turns.remove(lane);
        }

        /// Takes the next call out; there has to be one.
        private Taken next() {
            Lane lane = turns.size() == 1 ? turns.getFirst() : turn();
            boolean alone = turns.size() == 1;
            Ticket ticket = lane.take();
            long charge = alone ? 0 : lane.account.estimate(ticket);
            lane.balance -= charge;
            if (lane.tickets.isEmpty()) {
                leave(lane);
            }
            return new Taken(ticket, lane, charge);
        }

        /// Whose turn it is.
        private Lane turn() {
            for (int seen = 0; ; seen++) {
                if (seen == turns.size()) {
                    skipRounds();
                    seen = 0;
                }
                Lane lane = turns.getFirst();
                if (!lane.visited) {
                    lane.visited = true;
                    lane.balance += QUANTUM;
                }
                if (lane.balance > 0) {
                    return lane;
                }
                lane.visited = false;
                turns.addLast(turns.removeFirst());
            }
        }

        /// Everybody is in debt: the rounds in which nobody is served pass at once.
        private void skipRounds() {
            long rounds = turns.stream().mapToLong(lane -> -lane.balance / QUANTUM).min().orElse(0);
            turns.forEach(lane -> lane.balance += rounds * QUANTUM);
        }
    }
}
