package dev.soma.kamachiq.work;

import dev.soma.kamachiq.gate.PythonReview.Part;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What a task is to do.
///
/// @param outputs paths of the files that it makes, and may write; none for a review
/// @param components that it works on
/// @param looks what its review looks at, one for each component that is looked at
/// @param sees paths that its agent sees of the work before its own; empty for all of them
/// @param document what is to stand in its one output, where that is a text and no program; the
/// text is empty where nothing knows it beforehand
record Duty(
        List<String> outputs,
        List<Component> components,
        List<Look> looks,
        Optional<Set<String>> sees,
        Optional<String> document) {
    /// @param parts of a component
    record Look(Component component, Set<Part> parts) {}

    Duty {
        outputs = List.copyOf(outputs);
        components = List.copyOf(components);
        looks = List.copyOf(looks);
    }

    /// The work before its own, as far as its agent sees it.
    Map<String, String> seen(Map<String, String> files) {
        return sees.map(
                        paths ->
                                files.entrySet().stream()
                                        .filter(file -> paths.contains(file.getKey()))
                                        .collect(
                                                Collectors.toMap(
                                                        Map.Entry::getKey, Map.Entry::getValue)))
                .orElse(files);
    }

    /// Whether everything that it works on is in the library.
    boolean isCovered() {
        return components.stream().allMatch(component -> component.product().isPresent());
    }
}
