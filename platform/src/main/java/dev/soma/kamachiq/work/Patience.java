package dev.soma.kamachiq.work;

import io.temporal.workflow.Workflow;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// How long a workflow waits for a person: it reminds after four hours, escalates after a day and
/// gives up after three.
final class Patience {
    private static final Duration REMINDS = Duration.ofHours(4);
    private static final Duration ESCALATES = Duration.ofDays(1);
    private static final Duration GIVES_UP = Duration.ofDays(3);

    private Patience() {}

    /// @param most that may be waited at all
    /// @param answered whether somebody has said something
    /// @param tell takes `REMINDED` and `ESCALATED` when it comes to that
    /// @return false when nobody has
    static boolean await(Duration most, Supplier<Boolean> answered, Consumer<String> tell) {
        Duration end = most.compareTo(GIVES_UP) < 0 ? most : GIVES_UP;
        if (end.compareTo(REMINDS) <= 0) {
            return Workflow.await(end, answered);
        }
        if (Workflow.await(REMINDS, answered)) {
            return true;
        }
        tell.accept("REMINDED");
        if (end.compareTo(ESCALATES) <= 0) {
            return Workflow.await(end.minus(REMINDS), answered);
        }
        if (Workflow.await(ESCALATES.minus(REMINDS), answered)) {
            return true;
        }
        tell.accept("ESCALATED");
        return Workflow.await(end.minus(ESCALATES), answered);
    }
}
