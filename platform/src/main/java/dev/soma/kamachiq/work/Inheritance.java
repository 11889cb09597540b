package dev.soma.kamachiq.work;

import dev.soma.kamachiq.evidence.ContentKey;
import dev.soma.kamachiq.spec.ProjectSpec;
import dev.soma.kamachiq.spec.ProjectSpec.Producer;
import dev.soma.kamachiq.work.Payloads.Kept;
import dev.soma.kernel.Digest;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// What a fork takes over: tasks that were done, are made of the same, and follow from nothing that
/// is done anew. What a task is made of is a [ContentKey] over the keys of the tasks before it, so
/// whatever changes changes everything behind it.
///
/// @param report of the project before
record Inheritance(Deliverable before, Deliverable now, JsonObject report) {
    private static final String DONE = "DONE";

    /// @param anew tasks that are done again in any case
    List<Kept> kept(Collection<String> anew) {
        Map<String, ContentKey> old = keys(before);
        Map<String, ContentKey> fresh = keys(now);
        Map<String, String> states = new HashMap<>();
        Map<String, String> files = new HashMap<>();
        Set<String> byPerson = new HashSet<>();
        for (JsonObject entry : report.objects("record")) {
            String task = entry.text("task").orElse("");
            switch (entry.text("kind").orElse("")) {
                case "TASK", "KEPT" -> states.put(task, entry.text("state").orElse(""));
                case "PERSON" -> decided(entry, states, byPerson);
                case "ARTIFACT" ->
                        files.put(entry.text("path").orElse(""), entry.text("sha256").orElse(""));
                default -> {}
            }
        }
        Set<String> again = now.withFollowers(anew);
        List<Kept> kept = new ArrayList<>();
        for (PlannedTask task : now.tasks()) {
            String id = task.id();
            boolean same = Objects.equals(fresh.get(id), old.get(id));
            if (same && DONE.equals(states.get(id)) && !again.contains(id)) {
                made(id, files)
                        .ifPresent(
                                found ->
                                        kept.add(
                                                new Kept(
                                                        id,
                                                        byPerson.contains(id) ? "person" : "gate",
                                                        found)));
            }
        }
        return kept;
    }

    private static void decided(
            JsonObject entry, Map<String, String> states, Set<String> byPerson) {
        String task = entry.text("task").orElse("");
        if (entry.text("choice").orElse("").equals("DELIVER") && !task.isEmpty()) {
            states.put(task, DONE);
            byPerson.add(task);
        }
    }

    /// @return digests of what a task makes, by path; empty when not all of it is there
    private Optional<Map<String, String>> made(String task, Map<String, String> files) {
        Map<String, String> found = new TreeMap<>();
        List<String> outputs = now.duty(task).map(Duty::outputs).orElse(List.of());
        outputs.stream()
                .filter(files::containsKey)
                .forEach(path -> found.put(path, files.get(path)));
        return found.size() == outputs.size() ? Optional.of(found) : Optional.empty();
    }

    private static Map<String, ContentKey> keys(Deliverable deliverable) {
        Map<String, ContentKey> keys = new HashMap<>();
        boolean more = true;
        while (more) {
            more = false;
            for (PlannedTask task : deliverable.tasks()) {
                if (!keys.containsKey(task.id())
                        && keys.keySet().containsAll(task.dependencies())) {
                    keys.put(task.id(), key(deliverable, task, keys));
                    more = true;
                }
            }
        }
        return keys;
    }

    private static ContentKey key(
            Deliverable deliverable, PlannedTask task, Map<String, ContentKey> keys) {
        ProjectSpec spec = deliverable.spec();
        return ContentKey.of(
                made(deliverable, task),
                task.dependencies().stream()
                        .map(keys::get)
                        .map(key -> HexFormat.of().parseHex(key.hex()))
                        .toList(),
                task.persona(),
                spec.model(),
                Integer.toString(spec.qualityThreshold()));
    }

    /// Where the library writes, what it writes; else everything that a model is told.
    private static byte[] made(Deliverable deliverable, PlannedTask task) {
        ProjectSpec spec = deliverable.spec();
        Duty duty = deliverable.duty(task.id()).orElseThrow();
        var facts =
                JsonValue.object()
                        .put("type", task.type())
                        .put("outputs", JsonValue.texts(duty.outputs()))
                        .put("parts", parts(duty))
                        .put("contract", deliverable.contract(duty));
        if (duty.isCovered() && spec.producer() != Producer.MODEL) {
            facts.put("pin", deliverable.pin(task.id()));
        } else {
            facts.put("title", spec.title())
                    .put("text", spec.text())
                    .put("goals", JsonValue.texts(spec.goals()))
                    .put("constraints", JsonValue.texts(spec.constraints()))
                    .put("context", spec.context());
        }
        return Digest.newSha256().digest(CanonicalJson.JCS.bytes(facts.build()));
    }

    private static String parts(Duty duty) {
        List<String> parts = new ArrayList<>();
        duty.looks()
                .forEach(
                        look ->
                                parts.add(
                                        look.component().program()
                                                + " "
                                                + look.parts().stream().sorted().toList()));
        return String.join("; ", parts);
    }
}
