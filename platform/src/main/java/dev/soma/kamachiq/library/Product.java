package dev.soma.kamachiq.library;

import dev.soma.kamachiq.gate.Check;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/// Something that the library makes whole: a program, its tests and what there is to read about it.
/// Nothing about it is left open, so the same product is the same files, byte for byte.
public interface Product {
    /// Path of what there is to read about it.
    String README = "README.md";

    /// The family and version of the capsule that makes it, such as `py.calculator@1`.
    String capsule();

    /// Path of the program.
    String program();

    /// Path of its tests.
    String tests();

    /// Text of each file by its path.
    ///
    /// @param introduction words of a model that [#check] let pass; empty for the usual ones
    SortedMap<String, String> files(Optional<String> introduction);

    /// Runs of the program from the outside, with the answers that an oracle knows without it.
    List<Check> checks();

    /// Names of the tests that [#files] holds.
    List<String> testNames();

    /// What the program has to do, in words for who writes it.
    String contract();

    /// What a model is asked to word; empty where nothing is left to words.
    Optional<String> question();

    /// Looks at what a model said. What claims something that the product is not is not taken.
    Words check(String said);

    /// What came of a model's words.
    ///
    /// @param text what is taken; empty when nothing is
    /// @param why nothing is; empty when something is
    record Words(Optional<String> text, String why) {
        public static Words refused(String why) {
            return new Words(Optional.empty(), why);
        }

        public static Words taken(String text) {
            return new Words(Optional.of(text), "");
        }
    }
}
