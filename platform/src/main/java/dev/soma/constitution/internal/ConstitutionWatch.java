package dev.soma.constitution.internal;

import dev.soma.constitution.SignedDocument;
import dev.soma.constitution.internal.ConstitutionSource.Found;
import dev.soma.kernel.TenantId;
import dev.soma.runtime.Cache;
import dev.soma.runtime.StopOrder;
import dev.soma.tenancy.Tenants;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// Reads the source on a jittered schedule where this process may schedule, and renews the lease
/// everywhere. A source
/// that writes key by key can be caught in the middle, so a refused document is read again before
/// it counts.
class ConstitutionWatch implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(ConstitutionWatch.class);
    private static final int TORN_READS = 5;
    private static final int TORN_READ_MILLIS = 200;
    private static final int MAX_LEASE_READ_MILLIS = 1_000;

    private final ConstitutionService service;
    private final Optional<ConstitutionSource> source;
    private final ConstitutionSettings settings;
    private final Mirror mirror;
    private final Optional<VersionHint> hint;
    private final Counter errors;
    private final AtomicLong lastSync;
    private String mirrored = "";
    private volatile boolean running;
    private volatile Thread thread = Thread.currentThread();

    /// Writes the bare hash of the constitution for each tenant to the cache, for readers outside
    /// the platform.
    record Mirror(Cache cache, Supplier<Tenants> tenants) {
        void write(String hash) {
            Map<String, String> values = new LinkedHashMap<>();
            values.put("constitution:global", hash);
            for (TenantId tenant : tenants.get().ids()) {
                values.put("constitution:" + tenant, hash);
            }
            try {
                cache.write(values);
            } catch (Cache.Unavailable e) {
                log.atWarn()
                        .log(
                                "the constitution's hash could not be mirrored; it is written again at the next poll");
            }
        }
    }

    ConstitutionWatch(
            ConstitutionService service,
            Optional<ConstitutionSource> source,
            ConstitutionSettings settings,
            Mirror mirror,
            Optional<VersionHint> hint,
            MeterRegistry meters) {
        this.hint = hint;
        this.service = service;
        this.source = source;
        this.settings = settings;
        this.mirror = mirror;
        this.errors = meters.counter("constitution_sync_errors_total");
        this.lastSync = meters.gauge("constitution_sync_timestamp", new AtomicLong());
        meters.gauge("constitution_hash_version", service, ConstitutionWatch::hashVersion);
    }

    /// The first 48 bits of the hash as a number, so that a change shows in a gauge.
    private static double hashVersion(ConstitutionService service) {
        return service.hash()
                .map(hash -> (double) Long.parseLong(hash.substring(0, 12), 16))
                .orElse(0.0);
    }

    @Override
    public void start() {
        running = true;
        thread = Thread.ofPlatform().daemon().name("constitution-watch").start(this::run);
    }

    private void run() {
        long nextPoll = System.nanoTime();
        while (running) {
            try {
                if (System.nanoTime() - nextPoll >= 0) {
                    source.ifPresent(this::poll);
                    nextPoll = System.nanoTime() + jittered(settings.pollMillis()) * 1_000_000L;
                }
                service.renewLease();
                service.watchLease();
                source.ifPresent(followed -> mirror());
                Thread.sleep(Math.min(MAX_LEASE_READ_MILLIS, settings.pollMillis()));
            } catch (RuntimeException e) {
                // The database is away, the audit log takes no entry, or something nobody thought
                // of: whatever it is, it may not end the watch.
                log.atWarn()
                        .setCause(e)
                        .log("the constitution could not be looked after; tried again");
                errors.increment();
                pause();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /// Every poll, and at once after a change.
    private void mirror() {
        String hash = service.hash().orElse("");
        if (!hash.equals(mirrored)) {
            mirrored = hash;
            mirror.write(hash);
        }
    }

    private void compare(SignedDocument signed) {
        hint.ifPresent(version -> version.compare(signed.dialect().hash(signed.document())));
    }

    private void pause() {
        try {
            Thread.sleep(MAX_LEASE_READ_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            running = false;
        }
    }

    private static long jittered(int millis) {
        return millis + ThreadLocalRandom.current().nextLong(-millis / 10L, millis / 10L + 1);
    }

    private void poll(ConstitutionSource from) {
        for (int attempt = 1; attempt <= TORN_READS && running; attempt++) {
            switch (from.read()) {
                case Found.Document(SignedDocument signed) -> {
                    if (service.offer(signed).isEmpty()) {
                        lastSync.set(service.nowSeconds());
                        mirrored = "";
                        compare(signed);
                        return;
                    }
                }
                case Found.Nothing() -> {
                    service.offerNothing();
                    return;
                }
                case Found.Unreadable(String reason) ->
                        log.atWarn()
                                .log("the constitution at the source cannot be read: " + reason);
                case Found.Away(String reason) -> {
                    errors.increment();
                    log.atWarn().log("the source of the constitution is away: " + reason);
                    return;
                }
            }
            errors.increment();
            try {
                Thread.sleep(TORN_READ_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    @Override
    public void stop() {
        running = false;
        thread.interrupt();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return StopOrder.FOLLOWERS + 1;
    }
}
