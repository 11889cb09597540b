package dev.soma.policy.internal;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import java.util.Map;

/// Conditions in CEL over typed facts, checked when they are written and bounded when they run.
/// Thread-safe.
///
/// Facts: `action`, `resource`, `tenant`, `user`, `session`, `role`, `tool`, `tool_category`
/// (strings, empty when there is none), `capabilities` (list of strings), `risk` (of the tool, 0.0
/// to 1.0, -1.0 when unknown), `now` (seconds since 1970), `messages` (their number), `characters`
/// (of all messages), `texts` (list of strings), `text` (all messages in normal form, joined by
/// newlines).
class Conditions {
    private static final int MAX_EXPRESSION_CHARACTERS = 2_048;
    private static final int MAX_ITERATIONS = 10_000;

    private final CelCompiler compiler =
            CelCompilerFactory.standardCelCompilerBuilder()
                    .setOptions(options())
                    .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                    .addVar("action", SimpleType.STRING)
                    .addVar("resource", SimpleType.STRING)
                    .addVar("tenant", SimpleType.STRING)
                    .addVar("user", SimpleType.STRING)
                    .addVar("session", SimpleType.STRING)
                    .addVar("role", SimpleType.STRING)
                    .addVar("tool", SimpleType.STRING)
                    .addVar("tool_category", SimpleType.STRING)
                    .addVar("risk", SimpleType.DOUBLE)
                    .addVar("now", SimpleType.INT)
                    .addVar("capabilities", ListType.create(SimpleType.STRING))
                    .addVar("messages", SimpleType.INT)
                    .addVar("characters", SimpleType.INT)
                    .addVar("texts", ListType.create(SimpleType.STRING))
                    .addVar("text", SimpleType.STRING)
                    .setResultType(SimpleType.BOOL)
                    .build();

    private final CelRuntime runtime =
            CelRuntimeFactory.plannerRuntimeBuilder().setOptions(options()).build();

    private static CelOptions options() {
        return CelOptions.current()
                .enableHeterogeneousNumericComparisons(true)
                .maxExpressionCodePointSize(MAX_EXPRESSION_CHARACTERS)
                .comprehensionMaxIterations(MAX_ITERATIONS)
                .build();
    }

    /// A condition and what it can only be true with.
    record Compiled(CelRuntime.Program program, Prefilter.Needs needs) {}

    /// @throws IllegalArgumentException saying where the expression is wrong
    Compiled compile(String expression) {
        try {
            CelAbstractSyntaxTree checked = compiler.compile(expression).getAst();
            return new Compiled(runtime.createProgram(checked), Prefilter.needsOf(checked));
        } catch (CelValidationException | CelEvaluationException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /// What came of evaluating; a condition that fails is a match, because nobody knows what it
    /// would have said.
    enum Result {
        NO_MATCH,
        MATCH,
        FAILED
    }

    static Result evaluate(CelRuntime.Program program, Map<String, Object> facts) {
        try {
            return Boolean.FALSE.equals(program.eval(facts)) ? Result.NO_MATCH : Result.MATCH;
        } catch (CelEvaluationException e) {
            return Result.FAILED;
        }
    }
}
