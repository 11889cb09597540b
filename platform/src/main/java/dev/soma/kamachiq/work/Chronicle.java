package dev.soma.kamachiq.work;

import dev.soma.kamachiq.work.Payloads.Announcement;
import dev.soma.kamachiq.work.Payloads.Happening;
import dev.soma.kamachiq.work.Payloads.HumanWord;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import io.temporal.workflow.Workflow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a project's report will tell, gathered in its workflow. Bounded, so that its payload stays
/// small: what is too much is counted.
final class Chronicle {
    private static final int MOST = 400;
    private static final int LONGEST = 300;
    private static final int SHOWN_REASONS = 20;

    private final List<Happening> happenings = new ArrayList<>();
    private final List<String> reasons = new ArrayList<>();
    private int left;
    private int announced;

    void note(String kind, String task, Map<String, String> facts) {
        if (happenings.size() == MOST) {
            left++;
            return;
        }
        Map<String, String> kept = new TreeMap<>();
        facts.forEach(
                (name, value) -> {
                    if (!value.isEmpty()) {
                        kept.put(name, cut(value));
                    }
                });
        happenings.add(new Happening(kind, task, kept, Workflow.currentTimeMillis()));
    }

    private static String cut(String text) {
        return text.length() > LONGEST ? text.substring(0, LONGEST) : text;
    }

    /// Enters into the register what it does not have yet, before anything else begins.
    void flush(ProjectOrder order) {
        int until = happenings.size();
        if (until > announced) {
            List<Happening> fresh = List.copyOf(happenings.subList(announced, until));
            Stubs.telling().announce(new Announcement(order, announced, fresh));
            announced = until;
        }
    }

    void person(HumanWord word) {
        note(
                "PERSON",
                word.task(),
                Map.of("choice", word.choice().name(), "by", word.by(), "reason", word.reason()));
    }

    /// Adds a reason for people.
    void tell(String reason) {
        reasons.add(reason);
    }

    void tell(List<String> more) {
        reasons.addAll(more);
    }

    List<String> reasons() {
        return reasons.stream().limit(SHOWN_REASONS).toList();
    }

    List<Happening> happenings() {
        List<Happening> all = new ArrayList<>(happenings);
        if (left > 0) {
            all.add(
                    new Happening(
                            "CUT",
                            "",
                            Map.of("happenings", Integer.toString(left)),
                            Workflow.currentTimeMillis()));
        }
        return all;
    }
}
