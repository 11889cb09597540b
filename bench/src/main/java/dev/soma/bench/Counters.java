package dev.soma.bench;

/// Totals since the provider started; `open` are answers in progress.
public record Counters(long requests, long streams, long frames, long disconnects, long open) {}
