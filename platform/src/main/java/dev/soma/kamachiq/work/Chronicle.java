package dev.soma.kamachiq.work;

import dev.soma.kamachiq.work.Payloads.Announcement;
import dev.soma.kamachiq.work.Payloads.Happening;
import dev.soma.kamachiq.work.Payloads.HumanWord;
import dev.soma.kamachiq.work.Payloads.ProjectOrder;
import dev.soma.kamachiq.work.Payloads.ReviewResult;
import io.temporal.workflow.Workflow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What happens in a project, gathered in its workflow until it is written down, and the reasons
/// that people are told.
final class Chronicle {
    private static final int AT_ONCE = 20;
    private static final int LONGEST = 150;
    private static final int SHOWN_REASONS = 20;

    private final List<Happening> pending = new ArrayList<>();
    private final List<String> reasons = new ArrayList<>();
    private long written;

    /// @param told how many happenings the project has told before
    Chronicle(long told) {
        this.written = told;
    }

    void note(String kind, String task, Map<String, String> facts) {
        Map<String, String> kept = new TreeMap<>();
        facts.forEach(
                (name, value) -> {
                    if (!value.isEmpty()) {
                        kept.put(name, cut(value));
                    }
                });
        pending.add(new Happening(kind, task, kept, Workflow.currentTimeMillis()));
    }

    private static String cut(String text) {
        return text.length() > LONGEST ? text.substring(0, LONGEST) : text;
    }

    /// Enters into the register what it does not have yet, before anything else begins; a few at a
    /// time, so that payloads stay small.
    void flush(ProjectOrder order) {
        while (!pending.isEmpty()) {
            List<Happening> some = pending.subList(0, Math.min(AT_ONCE, pending.size()));
            List<Happening> fresh = List.copyOf(some);
            long first = written;
            written += fresh.size();
            some.clear();
            Stubs.telling().announce(new Announcement(order, first, fresh));
        }
    }

    /// @param task empty for the work as a whole
    /// @param type of the task, or `whole`
    /// @param route where the work goes: `approved`, `remedied` or `human`
    void review(String task, String type, ReviewResult review, String route) {
        note(
                "REVIEW",
                task,
                Map.of(
                        "score_bp",
                        "" + review.basisPoints(),
                        "sha256",
                        review.review(),
                        "route",
                        route,
                        "type",
                        type));
    }

    void person(HumanWord word) {
        note(
                "PERSON",
                word.task(),
                Map.of(
                        "choice",
                        word.choice().name(),
                        "by",
                        word.by(),
                        "reason",
                        word.reason(),
                        "spec_sha256",
                        word.spec()));
    }

    /// Adds a reason for people.
    void tell(String reason) {
        reasons.add(reason);
    }

    void tell(List<String> more) {
        reasons.addAll(more);
    }

    /// What is no reason any more.
    void forget(List<String> old) {
        reasons.removeAll(old);
    }

    List<String> reasons() {
        return reasons.stream().limit(SHOWN_REASONS).toList();
    }
}
