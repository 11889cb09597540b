package dev.soma.slm;

import java.util.List;

/// Ends text at the first stop sequence and holds back whatever may still become one.
final class StopMatcher {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean stopped;

    StopMatcher(List<String> stops) {
        this.stops = List.copyOf(stops);
    }

    /// Takes the next piece and returns what may be shown now.
    String feed(String piece) {
        if (stopped) {
            return "";
        }
        held.append(piece);
        int first = firstStop();
        if (first >= 0) {
            stopped = true;
            String shown = held.substring(0, first);
            held.setLength(0);
            return shown;
        }
        int keep = longestBeginning();
        String shown = held.substring(0, held.length() - keep);
        held.delete(0, held.length() - keep);
        return shown;
    }

    /// The text still held back when the answer ends without a stop sequence.
    String rest() {
        String rest = held.toString();
        held.setLength(0);
        return rest;
    }

    boolean stopped() {
        return stopped;
    }

    private int firstStop() {
        return stops.stream().mapToInt(held::indexOf).filter(at -> at >= 0).min().orElse(-1);
    }

    private int longestBeginning() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length());
                    length > longest;
                    length--) {
                String end = held.substring(held.length() - length);
                if (stop.startsWith(end)) {
                    longest = length;
                }
            }
        }
        return longest;
    }
}
