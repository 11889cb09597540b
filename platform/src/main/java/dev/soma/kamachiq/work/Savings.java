package dev.soma.kamachiq.work;

import dev.soma.kamachiq.plan.Board;
import java.util.List;
import java.util.Map;

/// The less money a project has left, the more of it is left out. One for each project, within its
/// workflow.
final class Savings {
    /// Shares of what the tasks may spend, in basis points.
    private static final int SHORT = 8_500;

    private static final int ALMOST_GONE = 9_500;
    private static final int ONE_PERCENT = 100;

    private final Board board;
    private final Chronicle chronicle;
    private int spent;

    Savings(Board board, Chronicle chronicle) {
        this.board = board;
        this.chronicle = chronicle;
    }

    /// @param used share that is spent by now, in basis points
    void saw(int used) {
        int before = spent;
        spent = Math.max(spent, used);
        if (spent >= SHORT && before < SHORT) {
            leftOut(board.dropOptional());
        }
        if (spent >= ALMOST_GONE && before < ALMOST_GONE) {
            leftOut(board.keepOnlyRequired());
        }
    }

    private void leftOut(List<String> left) {
        if (!left.isEmpty()) {
            String told = String.join(", ", left);
            chronicle.tell("to save money these tasks were left out: " + told);
            chronicle.note("SAVING", "", Map.of("used_bp", "" + spent, "left_out", told));
        }
    }

    /// Whether a cheaper model is to write from now on.
    boolean isShort() {
        return spent >= SHORT;
    }

    long percent() {
        return spent / ONE_PERCENT;
    }
}
