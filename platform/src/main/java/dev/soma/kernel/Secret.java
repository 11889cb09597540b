package dev.soma.kernel;

/// Text that must not reach a log, an error or an event: it prints as `***`.
public record Secret(String reveal) {
    @Override
    public String toString() {
        return "***";
    }
}
