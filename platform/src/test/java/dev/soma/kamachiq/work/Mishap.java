package dev.soma.kamachiq.work;

import io.temporal.activity.ActivityExecutionContext;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptor;
import io.temporal.common.interceptors.ActivityInboundCallsInterceptorBase;
import io.temporal.common.interceptors.WorkerInterceptorBase;
import io.temporal.failure.ApplicationFailure;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// What happens to steps of workflows when they are done for the first time. The steps themselves
/// are the real ones.
final class Mishap extends WorkerInterceptorBase {
    /// All steps.
    static final int EVERY = -1;

    static final List<Kind> TURNS = List.of(Kind.TWICE, Kind.LOST_BEFORE, Kind.LOST_AFTER);

    private final Kind kind;
    private final int only;
    private final AtomicInteger steps = new AtomicInteger();

    enum Kind {
        /// The worker is cut off before it has done anything.
        LOST_BEFORE,
        /// The worker is cut off when everything is done and nothing told.
        LOST_AFTER,
        /// Two workers do it, one after the other.
        TWICE,
        /// One of these three, by turns.
        MIXED
    }

    /// @param only the step that it happens to, counted from 0, or [#EVERY]
    Mishap(Kind kind, int only) {
        this.kind = kind;
        this.only = only;
    }

    /// Steps so far.
    int steps() {
        return steps.get();
    }

    @Override
    public ActivityInboundCallsInterceptor interceptActivity(ActivityInboundCallsInterceptor next) {
        return new ActivityInboundCallsInterceptorBase(next) {
            private boolean first;

            @Override
            public void init(ActivityExecutionContext context) {
                first = context.getInfo().getAttempt() == 1;
                super.init(context);
            }

            @Override
            public ActivityOutput execute(ActivityInput input) {
                int step = first ? steps.getAndIncrement() : EVERY;
                boolean struck = first && (only == EVERY || only == step);
                Kind now = kind == Kind.MIXED ? TURNS.get(Math.floorMod(step, 3)) : kind;
                if (struck && now == Kind.LOST_BEFORE) {
                    throw lost();
                }
                ActivityOutput output = super.execute(input);
                if (struck && now == Kind.TWICE) {
                    return super.execute(input);
                }
                if (struck && now == Kind.LOST_AFTER) {
                    throw lost();
                }
                return output;
            }
        };
    }

    private static ApplicationFailure lost() {
        return ApplicationFailure.newFailure("the worker is cut off", "Lost");
    }
}
