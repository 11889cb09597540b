package dev.soma.kamachiq.work;

import dev.soma.kamachiq.library.Product;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Where the bytes of a delivered file come from (`kq.provenance/v1`): ranges that follow each
/// other
/// and cover it.
///
/// @param writers models that wrote, by task, where that is known
/// @param model that wrote; empty where the library did
/// @param wording model that worded what the library left open; empty for none
record Provenance(
        Deliverable deliverable, Map<String, String> writers, String model, String wording) {
    /// @param origin `CAPSULE`, `SLOT` or `MODEL`; `UNKNOWN` where nobody can tell
    /// @param by capsule or model
    record Range(int from, int to, String origin, String by) {
        JsonObject document() {
            return JsonValue.object()
                    .put("from", from)
                    .put("to", to)
                    .put("origin", origin)
                    .put("by", by)
                    .build();
        }
    }

    /// The task that makes a file; empty for none.
    String task(String path) {
        return deliverable.duties().entrySet().stream()
                .filter(duty -> duty.getValue().outputs().contains(path))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("");
    }

    List<Range> of(String path, byte[] bytes) {
        String task = task(path);
        boolean described =
                deliverable
                        .duty(task)
                        .flatMap(Duty::document)
                        .filter(text -> !text.isEmpty())
                        .isPresent();
        if (!model.isEmpty() && !described) {
            return List.of(new Range(0, bytes.length, "MODEL", writers.getOrDefault(task, model)));
        }
        Optional<byte[]> usual =
                deliverable
                        .made(task, path, Optional.empty())
                        .map(text -> text.getBytes(StandardCharsets.UTF_8));
        return usual.map(expected -> compared(bytes, expected, capsule(task)))
                .orElseGet(() -> List.of(new Range(0, bytes.length, "UNKNOWN", "")));
    }

    private String capsule(String task) {
        return deliverable
                .duty(task)
                .flatMap(
                        duty ->
                                duty.components().stream()
                                        .flatMap(component -> component.product().stream())
                                        .map(Product::capsule)
                                        .findFirst())
                .orElse("");
    }

    /// What differs from the usual text is what a model worded.
    private List<Range> compared(byte[] found, byte[] usual, String capsule) {
        int shared = Math.min(found.length, usual.length);
        int before = 0;
        while (before < shared && found[before] == usual[before]) {
            before++;
        }
        int after = 0;
        while (after < shared - before
                && found[found.length - 1 - after] == usual[usual.length - 1 - after]) {
            after++;
        }
        List<Range> ranges = new ArrayList<>();
        if (before == found.length && found.length == usual.length) {
            ranges.add(new Range(0, found.length, "CAPSULE", capsule));
            return ranges;
        }
        int end = found.length - after;
        add(ranges, new Range(0, before, "CAPSULE", capsule));
        add(ranges, new Range(before, end, wording.isEmpty() ? "UNKNOWN" : "SLOT", wording));
        add(ranges, new Range(end, found.length, "CAPSULE", capsule));
        return ranges;
    }

    private static void add(List<Range> ranges, Range range) {
        if (range.from() < range.to()) {
            ranges.add(range);
        }
    }
}
