package dev.soma.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.acceptance.ChatClient.Heard;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What sessions say of themselves when they are read again after the crashes, beside what their
/// callers heard.
final class JournalEvidence {
    private static final String ENDS = "turn.completed|turn.failed|turn.stopped|turn.cut";

    private final Map<String, List<String>> journals;
    private final List<Heard> heard;

    private JournalEvidence(Map<String, List<String>> journals, List<Heard> heard) {
        this.journals = journals;
        this.heard = heard;
    }

    static JournalEvidence collect(String gateway, String key, List<Heard> heard)
            throws IOException, InterruptedException {
        List<Heard> inSessions = heard.stream().filter(turn -> !turn.frames.isEmpty()).toList();
        Map<String, List<String>> journals = new HashMap<>();
        for (Heard turn : inSessions) {
            if (!journals.containsKey(turn.session)) {
                journals.put(turn.session, read(gateway, key, turn.session));
            }
        }
        return new JournalEvidence(journals, inSessions);
    }

    private static List<String> read(String gateway, String key, String session)
            throws IOException, InterruptedException {
        String stream =
                new Http(gateway)
                        .get("/v1/conversation/%s/stream".formatted(session), key)
                        .ok()
                        .text();
        List<String> frames = new ArrayList<>();
        for (String frame : stream.split("\n\n")) {
            frames.add(frame + "\n");
        }
        return frames;
    }

    /// Frames are numbered without a gap, and each one that a caller got is there with the same
    /// bytes.
    void assertEverythingHeardIsReadAgain() {
        journals.forEach(
                (session, frames) -> {
                    for (int i = 0; i < frames.size(); i++) {
                        assertThat(frames.get(i))
                                .as(session)
                                .startsWith("id: %d\n".formatted(i + 1));
                    }
                });
        for (Heard turn : heard) {
            List<String> frames = journals.getOrDefault(turn.session, List.of());
            int first = number(turn.frames.getFirst());
            for (int i = 0; i < turn.frames.size(); i++) {
                assertThat(frames.get(first - 1 + i))
                        .as("frame %d of session %s", first + i, turn.session)
                        .isEqualTo(turn.frames.get(i));
            }
        }
    }

    private static int number(String frame) {
        return Integer.parseInt(frame.substring(4, frame.indexOf('\n')));
    }

    /// Whatever died, each turn of a session begins once, then ends once, before the next begins.
    void assertTurnsBeginAndEndOnce() {
        journals.forEach(
                (session, frames) -> {
                    boolean open = false;
                    for (String frame : frames) {
                        String name = frame.split("\n")[1].substring(7);
                        boolean begins = name.equals("turn.accepted");
                        assertThat(open).as("%s: %s", session, frame).isEqualTo(!begins);
                        open = !name.matches(ENDS);
                    }
                    assertThat(open).as("%s has a turn without an end", session).isFalse();
                });
    }

    long frames() {
        return journals.values().stream().mapToLong(List::size).sum();
    }

    long heard() {
        return heard.stream().mapToLong(turn -> turn.frames.size()).sum();
    }
}
