package dev.soma.constitution.internal;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What somebody has to look into: counted by kind, and logged.
class Alarms {
    private static final Logger log = LoggerFactory.getLogger(Alarms.class);

    private final Map<Alarm, Counter> raised = new EnumMap<>(Alarm.class);

    /// Kinds of alarms about constitutions.
    enum Alarm {
        /// The source holds a document that its signers do not stand behind.
        UNVERIFIED,
        /// The source holds a document that was replaced before.
        ROLLBACK,
        /// The source holds a document that cannot be enforced.
        UNENFORCEABLE,
        /// The source holds a document whose time is over.
        EXPIRED,
        /// SomaBrain says that another document is in force than its store holds.
        HINT_DIFFERS,
        /// The source has not confirmed what is in force within the lease.
        STALE;

        String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    Alarms(MeterRegistry meters) {
        for (Alarm alarm : Alarm.values()) {
            raised.put(alarm, meters.counter("soma_constitution_alarms", "kind", alarm.wireName()));
        }
    }

    void raise(Alarm alarm, String hash, String reason) {
        Counter counter = raised.get(alarm);
        if (counter != null) {
            counter.increment();
        }
        log.atWarn()
                .addKeyValue("alarm", alarm.wireName())
                .addKeyValue("hash", hash)
                .log("constitution alarm: " + reason);
    }
}
