package dev.soma.bench;

/// One kind of request, sent again and again.
///
/// @param concurrency requests in progress of a closed loop, 0 in an open loop
/// @param perSecond arrivals of an open loop, 0 in a closed loop
/// @param thinkMillis mean of what a sender of a closed loop waits before it asks again
record Lane(
        String name,
        boolean stream,
        String script,
        int frames,
        int concurrency,
        double perSecond,
        long thinkMillis) {
    Lane(
            String name,
            boolean stream,
            String script,
            int frames,
            int concurrency,
            double perSecond) {
        this(name, stream, script, frames, concurrency, perSecond, 0);
    }

    /// Senders that think for an exponential time between their requests.
    static Lane thinking(String name, int frames, int senders, long meanMillis) {
        return new Lane(name, false, "scripted:frames=" + frames, frames, senders, 0, meanMillis);
    }

    static Lane closed(String name, boolean stream, int frames, int concurrency) {
        return new Lane(name, stream, "scripted:frames=" + frames, frames, concurrency, 0);
    }

    static Lane open(String name, boolean stream, int frames, double perSecond) {
        return new Lane(name, stream, "scripted:frames=" + frames, frames, 0, perSecond);
    }

    /// The request body; the number makes each prompt another one, so that no cache of verdicts
    /// answers.
    String body(Target target, long number) {
        return "{\"model\":\""
                + target.modelPrefix()
                + script
                + "\",\"messages\":[{\"role\":\"user\",\"content\":"
                + "\"Describe in a few plain sentences how a harbour town works through the year: the boats, the"
                + " market on the quay, the school, the repair yard and the long evenings of winter. Mention the"
                + " weather twice, name three crafts, and end with a remark about the lighthouse. Note "
                + number
                + ".\"}]"
                + (stream ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}" : "}");
    }
}
