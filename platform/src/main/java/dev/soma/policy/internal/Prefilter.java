package dev.soma.policy.internal;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.CelCall;
import dev.cel.common.ast.CelExpr.ExprKind;
import dev.soma.policy.text.NormalText;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Finds what must be there for a rule to match at all, so that most rules need not be looked at.
/// Where it is not sure it finds nothing, and the rule is always looked at.
final class Prefilter {
    private static final int MIN_LITERAL = 3;

    private Prefilter() {}

    /// What a condition can only be true with.
    ///
    /// @param literal a piece of the normalised text, or empty
    /// @param equal facts and the only value each may have, of `tool` and `action`
    record Needs(String literal, Map<String, String> equal) {}

    /// The longest run of plain ASCII characters that every match of the expression holds, lower
    /// case; empty when the expression has none that is easy to see. Only concatenations at the top
    /// level are looked at.
    static String literalOf(String regex) {
        if (regex.indexOf('|') >= 0 || regex.contains("(?") || regex.contains("\\Q")) {
            return "";
        }
        String best = "";
        StringBuilder run = new StringBuilder();
        int i = 0;
        while (i < regex.length()) {
            int end = atomEnd(regex, i);
            boolean plain = end == i + 1 && isPlain(regex.charAt(i));
            char quantifier = end < regex.length() ? regex.charAt(end) : ' ';
            boolean optional = quantifier == '*' || quantifier == '?' || quantifier == '{';
            if (plain && !optional) {
                run.append(regex.charAt(i));
            }
            if (!plain || optional || quantifier == '+') {
                best = run.length() > best.length() ? run.toString() : best;
                run.setLength(0);
            }
            i = quantifierEnd(regex, end);
        }
        best = run.length() > best.length() ? run.toString() : best;
        String normal = NormalText.of(best).toString();
        return normal.length() >= MIN_LITERAL && normal.length() == best.length() ? normal : "";
    }

    private static boolean isPlain(char c) {
        return c < 0x7f && (Character.isLetterOrDigit(c) || "@#%&_=:;,/'\"<>!~` -".indexOf(c) >= 0);
    }

    /// Where the group, class, escape or character that starts here ends. An unbalanced one reaches
    /// to the end; the compiler refuses it anyway.
    private static int atomEnd(String regex, int start) {
        return switch (regex.charAt(start)) {
            case '\\' -> Math.min(regex.length(), escapeEnd(regex, start));
            case '[' -> classEnd(regex, start);
            case '(' -> groupEnd(regex, start);
            default -> start + 1;
        };
    }

    private static int escapeEnd(String regex, int start) {
        if (start + 1 < regex.length() && "pPx".indexOf(regex.charAt(start + 1)) >= 0) {
            int brace = start + 2;
            if (brace < regex.length() && regex.charAt(brace) == '{') {
                int close = regex.indexOf('}', brace);
                return close < 0 ? regex.length() : close + 1;
            }
            return start + (regex.charAt(start + 1) == 'x' ? 4 : 3);
        }
        return start + 2;
    }

    private static int classEnd(String regex, int start) {
        int i = start + 1;
        if (i < regex.length() && regex.charAt(i) == '^') {
            i++;
        }
        // A bracket that comes first stands for itself.
        if (i < regex.length() && regex.charAt(i) == ']') {
            i++;
        }
        while (i < regex.length() && regex.charAt(i) != ']') {
            if (regex.startsWith("[:", i)) {
                int close = regex.indexOf(":]", i);
                i = close < 0 ? regex.length() : close + 2;
            } else {
                i += regex.charAt(i) == '\\' ? 2 : 1;
            }
        }
        return Math.min(regex.length(), i + 1);
    }

    private static int groupEnd(String regex, int start) {
        int depth = 0;
        int i = start;
        while (i < regex.length()) {
            char c = regex.charAt(i);
            if (c == '(') {
                depth++;
            } else if (c == ')' && --depth == 0) {
                return i + 1;
            }
            i = c == '\\' ? i + 2 : c == '[' ? classEnd(regex, i) : i + 1;
        }
        return regex.length();
    }

    private static int quantifierEnd(String regex, int start) {
        int i = start;
        while (i < regex.length() && "*+?{".indexOf(regex.charAt(i)) >= 0) {
            int close = regex.charAt(i) == '{' ? regex.indexOf('}', i) : i;
            i = close < 0 ? regex.length() : close + 1;
        }
        return i;
    }

    /// Looks at the operands of the outermost `&&`: `tool == "x"`, `action == "x"`,
    /// `text.contains("x")`.
    static Needs needsOf(CelAbstractSyntaxTree condition) {
        Map<String, String> equal = new HashMap<>();
        String literal = collect(condition.getExpr(), equal);
        return new Needs(literal, Map.copyOf(equal));
    }

    private static String collect(CelExpr expression, Map<String, String> equal) {
        if (expression.exprKind().getKind() != ExprKind.Kind.CALL) {
            return "";
        }
        CelCall call = expression.call();
        return switch (call.function()) {
            case "_&&_" -> {
                String left = collect(call.args().get(0), equal);
                String right = collect(call.args().get(1), equal);
                yield right.length() > left.length() ? right : left;
            }
            case "_==_" -> {
                comparison(call.args().get(0), call.args().get(1), equal);
                comparison(call.args().get(1), call.args().get(0), equal);
                yield "";
            }
            case "contains" ->
                    call.target().flatMap(Prefilter::identifier).equals(Optional.of("text"))
                            ? text(call.args().get(0)).filter(Prefilter::isNormal).orElse("")
                            : "";
            default -> "";
        };
    }

    private static boolean isNormal(String literal) {
        return literal.length() >= MIN_LITERAL
                && literal.strip().equals(literal)
                && literal.chars().allMatch(c -> c < 0x7f)
                && NormalText.of(literal).toString().equals(literal);
    }

    private static void comparison(CelExpr name, CelExpr value, Map<String, String> equal) {
        identifier(name)
                .filter(fact -> fact.equals("tool") || fact.equals("action"))
                .ifPresent(fact -> text(value).ifPresent(only -> equal.put(fact, only)));
    }

    private static Optional<String> identifier(CelExpr expression) {
        return expression.exprKind().getKind() == ExprKind.Kind.IDENT
                ? Optional.of(expression.ident().name())
                : Optional.empty();
    }

    private static Optional<String> text(CelExpr expression) {
        return expression.exprKind().getKind() == ExprKind.Kind.CONSTANT
                        && expression.constant().getKind() == CelConstant.Kind.STRING_VALUE
                ? Optional.of(expression.constant().stringValue())
                : Optional.empty();
    }
}
