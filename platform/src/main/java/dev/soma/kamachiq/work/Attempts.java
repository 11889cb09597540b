package dev.soma.kamachiq.work;

/// How often a task was tried, and what its next try has to know.
///
/// @param generation tries so far
/// @param effects tries that did their work anew
/// @param feedback digest of the review that sent it back; empty without one
/// @param approval by which a person allowed what had been stopped; empty without one
record Attempts(int generation, int effects, String feedback, String approval) {
    static final Attempts NONE = new Attempts(0, 0, "", "");

    /// Goes on where something had stopped it: what was paid is not paid again.
    ///
    /// @param begun whether the last step had begun, which then is not the same again
    Attempts onward(String allowedBy, boolean begun) {
        return new Attempts(generation, begun ? effects : effects - 1, feedback, allowedBy);
    }

    Attempts with(String findings) {
        return new Attempts(generation, effects, findings, approval);
    }

    Attempts next() {
        return new Attempts(generation + 1, effects + 1, feedback, approval);
    }
}
