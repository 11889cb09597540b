package dev.soma.replay;

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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// CEL conditions over the facts of an input document.
final class Conditions {
    private static final CelOptions OPTIONS =
            CelOptions.current()
                    .enableHeterogeneousNumericComparisons(true)
                    .comprehensionMaxIterations(10_000)
                    .build();
    private static final CelCompiler COMPILER = compiler();
    private static final CelRuntime RUNTIME =
            CelRuntimeFactory.plannerRuntimeBuilder().setOptions(OPTIONS).build();

    private final Map<String, Object> facts;

    Conditions(JsonNode input, List<NormalForm> texts) {
        this.facts = facts(input, texts);
    }

    /// What a condition says; it fails when it cannot be evaluated.
    enum Outcome {
        TRUE,
        FALSE,
        FAILED
    }

    private static CelCompiler compiler() {
        var builder =
                CelCompilerFactory.standardCelCompilerBuilder()
                        .setOptions(OPTIONS)
                        .setStandardMacros(CelStandardMacro.STANDARD_MACROS);
        for (String name :
                List.of(
                        "tenant",
                        "user",
                        "action",
                        "resource",
                        "tool",
                        "tool_category",
                        "session",
                        "role",
                        "text")) {
            builder.addVar(name, SimpleType.STRING);
        }
        for (String name : List.of("now", "messages", "characters")) {
            builder.addVar(name, SimpleType.INT);
        }
        return builder.addVar("risk", SimpleType.DOUBLE)
                .addVar("capabilities", ListType.create(SimpleType.STRING))
                .addVar("texts", ListType.create(SimpleType.STRING))
                .setResultType(SimpleType.BOOL)
                .build();
    }

    private static Map<String, Object> facts(JsonNode input, List<NormalForm> texts) {
        Map<String, Object> facts = new HashMap<>();
        for (String name : List.of("tenant", "user", "action", "resource", "session", "role")) {
            facts.put(name, input.path(name).asString(""));
        }
        JsonNode tool = input.path("tool");
        facts.put("tool", tool.path("id").asString(""));
        facts.put("tool_category", tool.path("category").asString(""));
        facts.put(
                "risk", tool.has("risk_micro") ? tool.path("risk_micro").longValue() / 1e6 : -1.0);
        facts.put("now", input.path("now_s").longValue());
        List<String> capabilities = new ArrayList<>();
        input.path("capabilities").forEach(one -> capabilities.add(one.stringValue()));
        facts.put("capabilities", capabilities);
        List<String> originals = new ArrayList<>();
        input.path("messages").forEach(one -> originals.add(one.path("text").stringValue()));
        facts.put("texts", originals);
        facts.put("messages", (long) originals.size());
        facts.put("characters", originals.stream().mapToLong(String::length).sum());
        facts.put("text", texts.stream().map(NormalForm::text).collect(Collectors.joining("\n")));
        return facts;
    }

    Outcome evaluate(String condition) {
        try {
            Object value = RUNTIME.createProgram(COMPILER.compile(condition).getAst()).eval(facts);
            return Boolean.FALSE.equals(value) ? Outcome.FALSE : Outcome.TRUE;
        } catch (CelValidationException | CelEvaluationException e) {
            return Outcome.FAILED;
        }
    }
}
