package dev.soma.kamachiq.sandbox;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Runs commands that nobody trusts. Thread-safe.
public interface Sandbox {
    /// Runs a command to its end.
    ///
    /// @throws InterruptedException when the caller is interrupted; the command is dead then
    Result run(Job job) throws InterruptedException;

    /// Why commands cannot be confined here, found by trying; empty when all is well.
    Optional<String> problem() throws InterruptedException;

    /// @param command program within the sandbox and its arguments, never read by a shell
    /// @param input for its standard input
    /// @param workspace folder of the host that the command sees as `/w` and may change; nobody
    /// else
    /// touches it meanwhile
    record Job(List<String> command, byte[] input, Path workspace, Limits limits) {
        public Job {
            if (command.isEmpty() || command.stream().anyMatch(part -> part.indexOf('\0') >= 0)) {
                throw new IllegalArgumentException("a command has a program and no NUL");
            }
            command = List.copyOf(command);
        }
    }

    /// What came of a job.
    sealed interface Result {
        /// The command ran.
        record Ran(End end, Captured output, Captured errors, TreeChange tree, Duration wallTime)
                implements Result {}

        /// Nothing ran, since it could not have been confined.
        record Unavailable(String reason) implements Result {}
    }

    /// How a command ended.
    sealed interface End {
        /// @param code 0 to 255; 128 and more also stand for a signal
        record Exited(int code) implements End {}

        /// The wall clock's limit came first.
        record TimedOut() implements End {}

        /// It was killed with everything it had started, as the limit of memory or an operator
        /// does.
        record Killed() implements End {}
    }
}
