package dev.soma.events.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.harness.ModuleDatabase;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// How long a node may work after its last reading of the clock of changes.
class ChangeClockIntegrationTests {
    private static final int LEASE_MILLIS = 600_000;

    private final AtomicReference<Instant> wall =
            new AtomicReference<>(Instant.parse("2026-11-25T00:00:00Z"));
    private ModuleDatabase database;
    private ChangeClock clock;

    @BeforeEach
    void open() throws Exception {
        database = new ModuleDatabase("events");
        EventsSettings settings = new EventsSettings(25, 64, 5_000, LEASE_MILLIS / 3, LEASE_MILLIS);
        InstantSource source = wall::get;
        clock =
                new ChangeClock(
                        database.jdbc(),
                        settings,
                        List.of(),
                        new Acknowledgements(database.jdbc(), "node-1", settings),
                        source);
        clock.start();
    }

    @AfterEach
    void close() {
        clock.stop();
        database.close();
    }

    @Test
    void aMachineThatWasSuspendedLongerThanTheLeaseIsNotCurrent() {
        assertThat(clock.current()).isTrue();
        wall.updateAndGet(now -> now.plusMillis(LEASE_MILLIS));
        assertThat(clock.current()).as("within a second").isTrue();
        wall.updateAndGet(now -> now.plusMillis(1_001));
        assertThat(clock.current()).isFalse();
    }

    @Test
    void aClockThatIsSetBackTakesNothingAndGivesNothing() {
        wall.updateAndGet(now -> now.minusSeconds(86_400));
        assertThat(clock.current()).isTrue();
    }
}
