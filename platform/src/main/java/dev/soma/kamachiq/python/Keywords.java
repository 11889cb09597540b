package dev.soma.kamachiq.python;

import java.util.Set;

/// Words that are no names (Python 3.11, `keyword.kwlist` and `keyword.softkwlist`). `type` begins
/// a
/// statement only in front of a name, so that it can be called.
final class Keywords {
    static final Set<String> ALL =
            Set.of(
                    "False",
                    "None",
                    "True",
                    "and",
                    "as",
                    "assert",
                    "async",
                    "await",
                    "break",
                    "class",
                    "continue",
                    "def",
                    "del",
                    "elif",
                    "else",
                    "except",
                    "finally",
                    "for",
                    "from",
                    "global",
                    "if",
                    "import",
                    "in",
                    "is",
                    "lambda",
                    "nonlocal",
                    "not",
                    "or",
                    "pass",
                    "raise",
                    "return",
                    "try",
                    "while",
                    "with",
                    "yield",
                    "match",
                    "case",
                    "_");

    private Keywords() {}
}
