package dev.soma.policy.internal;

import com.google.re2j.Pattern;
import dev.cel.runtime.CelRuntime;
import dev.soma.policy.text.PhraseSearch.Phrase;
import java.util.Set;

/// One rule of a tenant's pack, compiled.
///
/// @param weightMicro what a match takes off the score, 0 to 1,000,000; a match refuses even when
/// it weighs nothing
/// @param maxTokens of a rule that limits, else 0
/// @param tools for which alone it counts; empty means always
/// @param actions for which alone it counts; empty means always
record Rule(
        String name,
        String article,
        long weightMicro,
        Effect effect,
        long maxTokens,
        Set<String> tools,
        Set<String> actions,
        Test test) {
    Rule {
        tools = Set.copyOf(tools);
        actions = Set.copyOf(actions);
    }

    /// What a match does.
    enum Effect {
        DENY,
        REVIEW,
        REDACT,
        LIMIT
    }

    /// What a rule looks for.
    sealed interface Test {
        /// A phrase in the normalised text of any message.
        record Literal(Phrase phrase) implements Test {}

        /// A regular expression on the normalised text of any message, in linear time.
        record Regex(Pattern pattern) implements Test {}

        /// A condition over the request's facts; its value decides.
        record Condition(CelRuntime.Program program) implements Test {}

        /// The requests before this one.
        record Sequence(SequenceRule spec) implements Test {}
    }

    /// Whether it counts for such a request at all.
    boolean concerns(Facts facts) {
        return (actions.isEmpty() || actions.contains(facts.action()))
                && (tools.isEmpty()
                        || facts.tool().map(Tool::id).filter(tools::contains).isPresent());
    }
}
