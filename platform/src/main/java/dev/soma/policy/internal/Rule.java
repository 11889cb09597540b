package dev.soma.policy.internal;

import com.google.re2j.Pattern;
import dev.cel.runtime.CelRuntime;
import dev.soma.policy.text.PhraseSearch.Phrase;

/// One rule of a tenant's pack, compiled.
///
/// @param weightMicro what a match takes off the score, 0 to 1,000,000; a match refuses even when
/// it weighs nothing
/// @param review whether a match asks for a person instead of refusing
record Rule(String name, String article, long weightMicro, boolean review, Test test) {

    /// What a rule looks for.
    sealed interface Test {
        /// A phrase in the normalised text of any message.
        record Literal(Phrase phrase) implements Test {}

        /// A regular expression on the normalised text of any message, in linear time.
        record Regex(Pattern pattern) implements Test {}

        /// A condition over the request's facts; its value decides.
        record Condition(CelRuntime.Program program) implements Test {}
    }
}
