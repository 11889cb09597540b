package dev.soma.bench;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/// How much a bench run measures.
///
/// @param warmUp how long whole rounds are run before any is measured; at least one is
/// @param perSecond arrivals of the open loop
/// @param streams how many paced streams at once, growing
/// @param framesPerSecond of a paced stream
/// @param only names of the lanes to run, all when empty
/// @param seed of the arrivals
record Plan(
        int rounds,
        Duration time,
        Duration warmUp,
        double perSecond,
        List<Integer> streams,
        int framesPerSecond,
        List<String> only,
        long seed) {
    static final List<String> NAMES =
            List.of("json-c1", "json-c16", "sse-c1", "sse-c16", "json-open");
    static final int FRAMES = 64;

    List<Lane> lanes() {
        return Stream.of(
                        Lane.closed("json-c1", false, FRAMES, 1),
                        Lane.closed("json-c16", false, FRAMES, 16),
                        Lane.closed("sse-c1", true, FRAMES, 1),
                        Lane.closed("sse-c16", true, FRAMES, 16),
                        Lane.open("json-open", false, FRAMES, perSecond))
                .filter(lane -> only.isEmpty() || only.contains(lane.name()))
                .toList();
    }

    Lane paced() {
        int frames = Math.toIntExact(time.toSeconds() * framesPerSecond);
        String script = "scripted:frames=" + frames + ",pace=" + 1000 / framesPerSecond + "ms";
        return new Lane("paced", true, script, frames, 0, 0);
    }
}
