package dev.soma.kamachiq.plan;

/// A branch: the task runs only if an output of an earlier task has this value.
///
/// @param task whose output is looked at; it has to come before
public record When(String task, String output, String equals) {
    /// Two conditions that cannot both hold.
    boolean excludes(When other) {
        return task.equals(other.task)
                && output.equals(other.output)
                && !equals.equals(other.equals);
    }

    @Override
    public String toString() {
        return "%s.%s = '%s'".formatted(task, output, equals);
    }
}
