package dev.soma.kamachiq.python;

import dev.soma.kamachiq.python.Expression.Attribute;
import dev.soma.kamachiq.python.Expression.Binary;
import dev.soma.kamachiq.python.Expression.Brackets;
import dev.soma.kamachiq.python.Expression.Call;
import dev.soma.kamachiq.python.Expression.Constant;
import dev.soma.kamachiq.python.Expression.Dictionary;
import dev.soma.kamachiq.python.Expression.Index;
import dev.soma.kamachiq.python.Expression.Int;
import dev.soma.kamachiq.python.Expression.Items;
import dev.soma.kamachiq.python.Expression.Name;
import dev.soma.kamachiq.python.Expression.NamedCall;
import dev.soma.kamachiq.python.Expression.Negated;
import dev.soma.kamachiq.python.Expression.Not;
import dev.soma.kamachiq.python.Expression.Operator;
import dev.soma.kamachiq.python.Expression.Slice;
import dev.soma.kamachiq.python.Expression.Spread;
import dev.soma.kamachiq.python.Expression.Str;
import dev.soma.kamachiq.python.Statement.Assign;
import dev.soma.kamachiq.python.Statement.ClassOf;
import dev.soma.kamachiq.python.Statement.Do;
import dev.soma.kamachiq.python.Statement.For;
import dev.soma.kamachiq.python.Statement.Function;
import dev.soma.kamachiq.python.Statement.If;
import dev.soma.kamachiq.python.Statement.Import;
import dev.soma.kamachiq.python.Statement.Increase;
import dev.soma.kamachiq.python.Statement.Module;
import dev.soma.kamachiq.python.Statement.Raise;
import dev.soma.kamachiq.python.Statement.Return;
import dev.soma.kamachiq.python.Statement.Try;
import dev.soma.kamachiq.python.Statement.While;
import dev.soma.kamachiq.python.Statement.With;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Prints trees as source text; equal trees are equal bytes. Not thread-safe.
public final class Printer {
    private static final int UNARY = 8;
    private static final int NOT = 3;
    private static final int ATOM = 10;

    private final StringBuilder out = new StringBuilder();
    private int depth;

    private Printer() {}

    public static String print(Module module) {
        Printer printer = new Printer();
        printer.documentation(module.documentation());
        boolean imports = false;
        for (Statement statement : module.body()) {
            boolean block = statement instanceof Function || statement instanceof ClassOf;
            boolean more = statement instanceof Import;
            printer.out.append(block ? "\n\n" : more == imports ? "" : "\n");
            imports = more;
            printer.statement(statement);
        }
        module.main()
                .ifPresent(
                        main ->
                                printer.out
                                        .append("\n\nif __name__ == \"__main__\":\n    ")
                                        .append(expression(main, 0))
                                        .append('\n'));
        return printer.out.toString();
    }

    private void line(String text) {
        out.append("    ".repeat(depth)).append(text).append('\n');
    }

    private void documentation(String text) {
        if (!text.isEmpty()) {
            line("\"\"\"" + escaped(text) + "\"\"\"");
        }
    }

    private void block(String head, List<Statement> body) {
        line(head);
        depth++;
        body.forEach(this::statement);
        if (body.isEmpty()) {
            line("pass");
        }
        depth--;
    }

    private void statement(Statement statement) {
        switch (statement) {
            case Import(Expression module, List<Name> names) ->
                    line(
                            names.isEmpty()
                                    ? "import " + expression(module, 0)
                                    : "from %s import %s"
                                            .formatted(expression(module, 0), names(names)));
            case Assign(Expression target, Expression value) ->
                    line(expression(target, 0) + " = " + expression(value, 0));
            case Increase(Expression target, Expression value) ->
                    line(expression(target, 0) + " += " + expression(value, 0));
            case Do(Expression value) -> line(expression(value, 0));
            case Return(Expression value) -> line("return " + expression(value, 0));
            case Raise(Expression value) -> line("raise " + expression(value, 0));
            case If choice -> choice(choice);
            case While(Expression condition, List<Statement> body) ->
                    block("while %s:".formatted(expression(condition, 0)), body);
            case For(Name variable, Expression in, List<Statement> body) ->
                    block("for %s in %s:".formatted(variable.name(), expression(in, 0)), body);
            case With(Expression value, Name as, List<Statement> body) ->
                    block("with %s as %s:".formatted(expression(value, 0), as.name()), body);
            case Try(List<Statement> body, Name error, Name as, List<Statement> handler) -> {
                block("try:", body);
                block("except %s as %s:".formatted(error.name(), as.name()), handler);
            }
            case Function function -> function(function);
            case ClassOf of -> classOf(of);
        }
    }

    private void choice(If choice) {
        String word = "if";
        for (Statement.Branch branch : choice.branches()) {
            block("%s %s:".formatted(word, expression(branch.condition(), 0)), branch.body());
            word = "elif";
        }
        if (!choice.otherwise().isEmpty()) {
            block("else:", choice.otherwise());
        }
    }

    private void function(Function function) {
        line("def %s(%s):".formatted(function.name().name(), names(function.parameters())));
        depth++;
        documentation(function.documentation());
        function.body().forEach(this::statement);
        depth--;
    }

    private void classOf(ClassOf of) {
        line("class %s(%s):".formatted(of.name().name(), expression(of.base(), 0)));
        depth++;
        documentation(of.documentation());
        for (Statement statement : of.body()) {
            if (statement instanceof Function) {
                out.append('\n');
            }
            statement(statement);
        }
        depth--;
    }

    private static String names(List<Name> names) {
        return names.stream().map(Name::name).collect(Collectors.joining(", "));
    }

    private static String list(Stream<Expression> items) {
        return items.map(item -> expression(item, 0)).collect(Collectors.joining(", "));
    }

    /// @param binding how closely the place binds; what binds less stands in parentheses
    private static String expression(Expression expression, int binding) {
        return switch (expression) {
            case Name(String name) -> name;
            case Constant(String word) -> word;
            case Int(java.math.BigInteger value) ->
                    value.signum() < 0 && binding > UNARY ? "(" + value + ")" : value.toString();
            case Str(String value) -> '"' + escaped(value) + '"';
            case Attribute(Expression of, Name name) -> expression(of, ATOM) + "." + name.name();
            case Call(Expression function, List<Expression> arguments) ->
                    expression(function, ATOM) + "(" + list(arguments.stream()) + ")";
            case NamedCall call -> namedCall(call);
            case Binary binary -> binary(binary, binding);
            case Negated(Expression value) ->
                    enclosed("-" + expression(value, UNARY), binding > UNARY);
            case Not(Expression value) -> enclosed("not " + expression(value, NOT), binding > NOT);
            case Items(List<Expression> items, Brackets brackets) -> items(items, brackets);
            case Dictionary(List<Expression.Entry> entries) ->
                    entries.stream()
                            .map(
                                    entry ->
                                            expression(entry.key(), 0)
                                                    + ": "
                                                    + expression(entry.value(), 0))
                            .collect(Collectors.joining(", ", "{", "}"));
            case Index(Expression of, Expression at) ->
                    expression(of, ATOM) + "[" + expression(at, 0) + "]";
            case Slice(Expression of, Expression from, Expression to) ->
                    expression(of, ATOM) + "[" + bound(from) + ":" + bound(to) + "]";
            case Spread(Expression value) -> "*" + expression(value, ATOM);
        };
    }

    private static String namedCall(NamedCall call) {
        return expression(call.function(), ATOM)
                + Stream.concat(
                                call.arguments().stream().map(item -> expression(item, 0)),
                                call.named().stream()
                                        .map(
                                                named ->
                                                        named.name().name()
                                                                + "="
                                                                + expression(named.value(), 0)))
                        .collect(Collectors.joining(", ", "(", ")"));
    }

    private static String items(List<Expression> items, Brackets brackets) {
        String inner = list(items.stream());
        return switch (brackets) {
            case LIST -> "[" + inner + "]";
            case TUPLE -> "(" + inner + (items.size() == 1 ? ",)" : ")");
        };
    }

    private static String bound(Expression bound) {
        return bound.equals(new Constant("None")) ? "" : expression(bound, 0);
    }

    /// Comparisons do not chain here: one within another stands in parentheses. A power binds its
    /// left side closer than its right one.
    private static String binary(Binary binary, int binding) {
        Operator operator = binary.operator();
        boolean compares = operator.binding == Operator.EQUAL.binding;
        int left = compares || operator == Operator.POWER ? operator.binding + 1 : operator.binding;
        int right = operator == Operator.POWER ? UNARY : operator.binding + 1;
        return enclosed(
                expression(binary.left(), left)
                        + " "
                        + operator.symbol
                        + " "
                        + expression(binary.right(), right),
                binding > operator.binding);
    }

    private static String enclosed(String text, boolean enclose) {
        return enclose ? "(" + text + ")" : text;
    }

    /// Printable ASCII as it is, but for the two that end or escape; everything else by its number.
    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 2);
        text.codePoints()
                .forEach(
                        c -> {
                            if (c == '"' || c == '\\') {
                                escaped.append('\\').append((char) c);
                            } else if (c == '\n') {
                                escaped.append("\\n");
                            } else if (c >= ' ' && c <= '~') {
                                escaped.append((char) c);
                            } else {
                                escaped.append(
                                        c > 0xFFFF
                                                ? "\\U%08x".formatted(c)
                                                : "\\u%04x".formatted(c));
                            }
                        });
        return escaped.toString();
    }
}
