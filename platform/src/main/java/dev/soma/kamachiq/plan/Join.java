package dev.soma.kamachiq.plan;

/// When a task with several dependencies may run. A dependency is *over* once it is done, failed,
/// skipped or cancelled.
public enum Join {
    /// Every dependency is done.
    ALL_SUCCESS,
    /// One dependency is done, whatever becomes of the others.
    ANY_SUCCESS,
    /// Every dependency is over and none has failed; skipped ones do not matter.
    NONE_FAILED,
    /// Every dependency is over.
    ALL_DONE
}
