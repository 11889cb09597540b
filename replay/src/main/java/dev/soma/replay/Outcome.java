package dev.soma.replay;

/// What a receipt proved.
public sealed interface Outcome {
    /// The log has the verdict and the rules give it, byte for byte.
    record Valid(String word, String decision) implements Outcome {}

    /// The log has the verdict; its input was erased, so nobody can judge it again.
    record DigestsOnly(String reason) implements Outcome {}

    /// The log says how the turn ended.
    ///
    /// @param state `completed`, `stopped`, `cut` or `failed`
    /// @param told whether a stream was given, and its frames are those that the log speaks of
    record Ended(String state, String decision, boolean told) implements Outcome {}

    /// The log says how a project ended.
    ///
    /// @param verdict such as `SUCCEEDED`
    /// @param report SHA-256, in hexadecimal, of its report
    record Reported(String project, String verdict, String report) implements Outcome {}

    /// @param part of the receipt that does not hold
    record Invalid(Part part, String reason) implements Outcome {}

    /// What a receipt is made of.
    enum Part {
        RECEIPT,
        ENTRY,
        PROOF,
        CHECKPOINT,
        INPUT,
        PACK,
        TAXONOMY,
        CONSTITUTION,
        VERDICT,
        STREAM
    }
}
