package dev.soma.harness;

import dev.soma.SomaPlatform;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;

/// The platform on a wall clock that can be set; started in place of [SomaPlatform]. Not found by
/// a scan, so that no other platform gets it.
@Import(SomaPlatform.class)
public class JumpingClock {
    private static final AtomicLong AHEAD_MILLIS = new AtomicLong();

    @Bean
    @Primary
    InstantSource settableClock() {
        return () -> Instant.now().plusMillis(AHEAD_MILLIS.get());
    }

    /// Sets the clocks of all platforms that were started with this class.
    public static void ahead(Duration by) {
        AHEAD_MILLIS.set(by.toMillis());
    }
}
