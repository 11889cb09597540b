package dev.soma.bench;

/// CPU time of a process.
///
/// @param micros of all its threads
/// @param jitMicros of those that compile, in a JVM; their work ends once the code is warm
record CpuTime(long micros, long jitMicros) {
    CpuTime since(CpuTime before) {
        return new CpuTime(micros - before.micros, jitMicros - before.jitMicros);
    }
}
