package dev.soma.bench;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/// The newest requests, bounded in count and in kept body bytes, with totals.
final class RequestLog {
    static final int MOST_REQUESTS = 10_000;
    private static final long MOST_BYTES = 64L << 20;
    private static final int MOST_NAMES = 10_000;

    private final ArrayDeque<Exchange> kept = new ArrayDeque<>();
    private final Map<String, Long> byModel = new HashMap<>();
    private final LongAdder streams = new LongAdder();
    private final LongAdder frames = new LongAdder();
    private final LongAdder disconnects = new LongAdder();
    private final LongAdder open = new LongAdder();
    private long sequence;
    private long keptBytes;

    synchronized Exchange begin(HttpRequest request) {
        Exchange exchange = new Exchange(++sequence, request);
        kept.addLast(exchange);
        keptBytes += request.body().length;
        while (kept.size() > MOST_REQUESTS || (keptBytes > MOST_BYTES && kept.size() > 1)) {
            keptBytes -= kept.removeFirst().request.body().length;
        }
        open.increment();
        return exchange;
    }

    void end(Exchange exchange, boolean stream, boolean disconnected) {
        open.decrement();
        frames.add(exchange.framesSent());
        if (stream) {
            streams.increment();
        }
        if (disconnected) {
            disconnects.increment();
        }
    }

    /// How often this model name was asked for, this time included.
    synchronized long times(String model) {
        if (byModel.size() >= MOST_NAMES && !byModel.containsKey(model)) {
            byModel.clear();
        }
        return byModel.merge(model, 1L, Long::sum);
    }

    synchronized List<RecordedRequest> since(long after, int most) {
        List<RecordedRequest> found = new ArrayList<>();
        for (Exchange exchange : kept) {
            if (exchange.sequence > after && found.size() < most) {
                found.add(exchange.snapshot());
            }
        }
        return found;
    }

    /// Sequence numbers up to this one are forgotten.
    synchronized long forgotten() {
        return kept.isEmpty() ? sequence : kept.getFirst().sequence - 1;
    }

    /// The newest request with this response id or this `X-Request-Id`.
    synchronized Optional<RecordedRequest> find(String id) {
        for (var newestFirst = kept.descendingIterator(); newestFirst.hasNext(); ) {
            Exchange exchange = newestFirst.next();
            if (exchange.responseId.equals(id) || id.equals(exchange.requestId())) {
                return Optional.of(exchange.snapshot());
            }
        }
        return Optional.empty();
    }

    Counters counters() {
        long requests;
        synchronized (this) {
            requests = sequence;
        }
        return new Counters(requests, streams.sum(), frames.sum(), disconnects.sum(), open.sum());
    }
}
