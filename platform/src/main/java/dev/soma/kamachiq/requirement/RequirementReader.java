package dev.soma.kamachiq.requirement;

import dev.soma.kamachiq.spec.ProjectSpec;
import java.util.LinkedHashMap;
import java.util.Map;

/// Reads what a specification asks for, word by word: each word is understood, names nothing, or is
/// told as a gap. Thread-safe.
public final class RequirementReader {
    private RequirementReader() {}

    /// The title says what the project is called, the rest what it is to do; both count.
    public static Reading read(ProjectSpec spec) {
        Map<String, String> sources = new LinkedHashMap<>();
        sources.put("title", spec.title());
        sources.putAll(common(spec));
        return read(sources);
    }

    /// What a specification says besides its title.
    public static Map<String, String> common(ProjectSpec spec) {
        Map<String, String> sources = new LinkedHashMap<>();
        sources.put("text", spec.text());
        for (int i = 0; i < spec.goals().size(); i++) {
            sources.put("goals/" + i, spec.goals().get(i));
        }
        for (int i = 0; i < spec.constraints().size(); i++) {
            sources.put("constraints/" + i, spec.constraints().get(i));
        }
        return sources;
    }

    /// What speaks of a service and of no calculator is read as a service.
    ///
    /// @param sources texts by what they are called
    public static Reading read(Map<String, String> sources) {
        return ServiceReader.isAbout(sources)
                ? ServiceReader.read(sources)
                : CalculatorReader.read(sources);
    }
}
