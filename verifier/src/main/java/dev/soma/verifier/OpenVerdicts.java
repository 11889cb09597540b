package dev.soma.verifier;

import java.util.Arrays;

/// The verdicts that no admission has named yet, 32 bytes each: a log of any length is read in the
/// memory of those that are still open. Verdicts come in rising order of index, so the rows stay
/// sorted.
final class OpenVerdicts {
    static final long ADMISSIBLE = 0;
    static final long DENIED = 1;
    static final long CLOSED = 2;

    /// Index, state, and 128 bits of the decision id's hash.
    private static final int ROW = 4;

    private long[] rows = new long[ROW * 1024];
    private int used;
    private int closed;

    void add(long index, Fingerprint decision, long state) {
        if (used * ROW == rows.length) {
            makeRoom();
        }
        int row = used++ * ROW;
        rows[row] = index;
        rows[row + 1] = state;
        rows[row + 2] = decision.high();
        rows[row + 3] = decision.low();
    }

    /// Closes the verdict and says how it stood; `CLOSED` when no open verdict has this index and
    /// decision.
    long close(long index, Fingerprint decision) {
        int row = find(index);
        if (row < 0 || rows[row + 2] != decision.high() || rows[row + 3] != decision.low()) {
            return CLOSED;
        }
        long state = rows[row + 1];
        if (state != CLOSED) {
            rows[row + 1] = CLOSED;
            closed++;
        }
        return state;
    }

    /// Whether a verdict still waits for its admission.
    boolean isOpen(long index) {
        int row = find(index);
        return row >= 0 && rows[row + 1] != CLOSED;
    }

    long countAdmissible() {
        long count = 0;
        for (int row = 0; row < used * ROW; row += ROW) {
            count += rows[row + 1] == ADMISSIBLE ? 1 : 0;
        }
        return count;
    }

    private int find(long index) {
        int low = 0;
        int high = used - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long found = rows[middle * ROW];
            if (found == index) {
                return middle * ROW;
            }
            low = found < index ? middle + 1 : low;
            high = found > index ? middle - 1 : high;
        }
        return -1;
    }

    private void makeRoom() {
        if (closed < used / 2) {
            rows = Arrays.copyOf(rows, rows.length * 2);
            return;
        }
        int kept = 0;
        for (int row = 0; row < used * ROW; row += ROW) {
            if (rows[row + 1] != CLOSED) {
                System.arraycopy(rows, row, rows, kept++ * ROW, ROW);
            }
        }
        used = kept;
        closed = 0;
    }

    record Fingerprint(long high, long low) {}
}
