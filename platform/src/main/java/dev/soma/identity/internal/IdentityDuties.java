package dev.soma.identity.internal;

import dev.soma.kernel.Actor;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.TraceContext;
import dev.soma.runtime.StopOrder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;

/// Timed work of the module: key rotation, and the offer to make a first administrator.
class IdentityDuties implements SmartLifecycle {
    private static final Logger log = LoggerFactory.getLogger(IdentityDuties.class);

    private final IdentityService service;
    private final SigningKeys keys;
    private final IdentityRepository repository;
    private final Bootstrap bootstrap;
    private final IdentitySettings settings;
    private final Identifiers identifiers;
    private final InstantSource clock;
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("identity-duties").factory());
    private volatile boolean running;

    IdentityDuties(
            IdentityService service,
            SigningKeys keys,
            IdentityRepository repository,
            Bootstrap bootstrap,
            IdentitySettings settings,
            Identifiers identifiers,
            InstantSource clock) {
        this.service = service;
        this.keys = keys;
        this.repository = repository;
        this.bootstrap = bootstrap;
        this.settings = settings;
        this.identifiers = identifiers;
        this.clock = clock;
    }

    @Override
    public void start() {
        service.rotate(systemContext(), keys, false);
        if (!repository.hasAdministrator()) {
            try {
                bootstrap.offer(settings.bootstrapSeconds());
            } catch (IOException e) {
                throw new UncheckedIOException(
                        "the secret for the first administrator cannot be written", e);
            }
        }
        var _ = timer.scheduleWithFixedDelay(this::rotateIfDue, 60, 60, TimeUnit.SECONDS);
        running = true;
    }

    private void rotateIfDue() {
        try {
            service.rotate(systemContext(), keys, false)
                    .ifPresent(
                            kid ->
                                    log.atInfo()
                                            .addKeyValue("kid", kid)
                                            .log("a new signing key is published"));
        } catch (DataAccessException e) {
            log.atWarn().log("the signing keys could not be looked at; tried again in a minute");
        }
    }

    private ActorContext systemContext() {
        var id = identifiers.next();
        return new ActorContext(
                Actor.SYSTEM,
                Actor.SYSTEM.tenant(),
                id.toString(),
                TraceContext.from(List.of(), id),
                clock.instant().plusSeconds(30));
    }

    @Override
    public void stop() {
        timer.shutdown();
        running = false;
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
