package dev.soma.kamachiq.calculator;

import static dev.soma.kamachiq.python.Python.NONE;
import static dev.soma.kamachiq.python.Python.branch;
import static dev.soma.kamachiq.python.Python.call;
import static dev.soma.kamachiq.python.Python.is;
import static dev.soma.kamachiq.python.Python.list;
import static dev.soma.kamachiq.python.Python.member;
import static dev.soma.kamachiq.python.Python.name;
import static dev.soma.kamachiq.python.Python.names;
import static dev.soma.kamachiq.python.Python.number;
import static dev.soma.kamachiq.python.Python.text;
import static dev.soma.kamachiq.python.Python.tuple;
import static dev.soma.kamachiq.python.Python.when;

import dev.soma.kamachiq.calculator.Calculator.Answer;
import dev.soma.kamachiq.calculator.Calculator.Condition;
import dev.soma.kamachiq.calculator.Calculator.Input;
import dev.soma.kamachiq.calculator.Calculator.Output;
import dev.soma.kamachiq.calculator.Calculator.Stream;
import dev.soma.kamachiq.python.Expression;
import dev.soma.kamachiq.python.Expression.Dictionary;
import dev.soma.kamachiq.python.Expression.Entry;
import dev.soma.kamachiq.python.Expression.Index;
import dev.soma.kamachiq.python.Expression.Named;
import dev.soma.kamachiq.python.Expression.NamedCall;
import dev.soma.kamachiq.python.Expression.Negated;
import dev.soma.kamachiq.python.Expression.Not;
import dev.soma.kamachiq.python.Expression.Operator;
import dev.soma.kamachiq.python.Expression.Slice;
import dev.soma.kamachiq.python.Statement;
import dev.soma.kamachiq.python.Statement.Assign;
import dev.soma.kamachiq.python.Statement.Branch;
import dev.soma.kamachiq.python.Statement.ClassOf;
import dev.soma.kamachiq.python.Statement.Do;
import dev.soma.kamachiq.python.Statement.Function;
import dev.soma.kamachiq.python.Statement.If;
import dev.soma.kamachiq.python.Statement.Import;
import dev.soma.kamachiq.python.Statement.Module;
import dev.soma.kamachiq.python.Statement.Raise;
import dev.soma.kamachiq.python.Statement.Return;
import dev.soma.kamachiq.python.Statement.Try;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Writes the program of a calculator: a recursive descent over tokens, exact fractions, the
/// standard library alone, nothing that evaluates text. Equal calculators are equal trees.
public final class CalculatorCapsule {
    private final Calculator calculator;

    private CalculatorCapsule(Calculator calculator) {
        this.calculator = calculator;
    }

    public static Module program(Calculator calculator) {
        return new CalculatorCapsule(calculator).module();
    }

    private Module module() {
        List<Statement> body = new ArrayList<>();
        body.add(new Import(name("sys"), List.of()));
        body.add(new Import(name("fractions"), names("Fraction")));
        body.addAll(constants());
        body.add(
                new ClassOf(
                        name("CalculationError"),
                        name("Exception"),
                        "Why a question has no result; its text is the condition.",
                        List.of()));
        body.addAll(arithmetic());
        body.addAll(calculator.input() == Input.EXPRESSION ? expressions() : subcommands());
        body.addAll(answers());
        return new Module(
                "A calculator for the command line, in exact fractions.",
                body,
                Optional.of(
                        call(
                                member("sys", "exit"),
                                call("main", new Slice(member("sys", "argv"), number(1), NONE)))));
    }

    private List<Statement> constants() {
        List<Statement> constants = new ArrayList<>();
        constants.add(constant("USAGE", text(calculator.usage())));
        constants.add(constant("DIGITS", text("0123456789")));
        constants.add(constant("MAX_LENGTH", number(Oracle.MAX_LENGTH)));
        constants.add(constant("MAX_BITS", number(Oracle.MAX_BITS)));
        if (calculator.operations().contains(Operation.POWER)) {
            constants.add(constant("MAX_EXPONENT", number(Oracle.MAX_EXPONENT)));
        }
        if (calculator.input() == Input.EXPRESSION) {
            constants.add(constant("MAX_DEPTH", number(Oracle.MAX_DEPTH)));
            constants.add(constant("SIGNS", texts("**", "+", "-", "*", "/", "%", "^", "(", ")")));
            constants.add(
                    constant(
                            "OPERATIONS",
                            texts(
                                    calculator.operations().stream()
                                            .map(Operation::symbol)
                                            .toArray(String[]::new))));
        } else {
            constants.add(
                    constant(
                            "OPERATIONS",
                            new Dictionary(
                                    calculator.operations().stream()
                                            .map(
                                                    operation ->
                                                            new Entry(
                                                                    text(operation.word()),
                                                                    text(operation.symbol())))
                                            .toList())));
        }
        return constants;
    }

    private static Statement constant(String name, Expression value) {
        return new Assign(name(name), value);
    }

    private static Expression texts(String... texts) {
        return tuple(
                List.of(texts).stream()
                        .map(dev.soma.kamachiq.python.Python::text)
                        .toArray(Expression[]::new));
    }

    private static Statement fail(Condition condition) {
        return new Raise(call("CalculationError", text(condition.words())));
    }

    private List<Statement> arithmetic() {
        List<Statement> functions = new ArrayList<>();
        functions.add(bounded());
        functions.add(
                new Function(
                        name("number"),
                        names("digits"),
                        "The fraction that digits with or without a point stand for.",
                        List.of(new Return(call("bounded", call("Fraction", name("digits")))))));
        if (calculator.operations().contains(Operation.POWER)) {
            functions.add(raised());
        }
        functions.add(applied());
        return functions;
    }

    private static Statement bounded() {
        Expression above = call(member(member("value", "numerator"), "bit_length"));
        Expression below = call(member(member("value", "denominator"), "bit_length"));
        return new Function(
                name("bounded"),
                names("value"),
                "The value, unless it is larger than any question needs.",
                List.of(
                        when(
                                is(call("max", above, below), Operator.MORE, name("MAX_BITS")),
                                fail(Condition.BAD_INPUT)),
                        new Return(name("value"))));
    }

    private static Statement raised() {
        Expression whole = is(member("exponent", "denominator"), Operator.UNEQUAL, number(1));
        Expression large = is(call("abs", name("exponent")), Operator.MORE, name("MAX_EXPONENT"));
        Expression nothing =
                is(
                        is("base", Operator.EQUAL, number(0)),
                        Operator.AND,
                        is("exponent", Operator.LESS, number(0)));
        return new Function(
                name("raised"),
                names("base", "exponent"),
                "A power with a whole exponent.",
                List.of(
                        when(is(whole, Operator.OR, large), fail(Condition.BAD_INPUT)),
                        when(nothing, fail(Condition.DIVISION_BY_ZERO)),
                        new Return(is("base", Operator.POWER, call("int", name("exponent"))))));
    }

    private Statement applied() {
        List<Branch> branches = new ArrayList<>();
        for (Operation operation : calculator.operations()) {
            branches.add(
                    branch(
                            is("sign", Operator.EQUAL, text(operation.symbol())),
                            new Return(call("bounded", result(operation)))));
        }
        return new Function(
                name("applied"),
                names("sign", "left", "right"),
                "Two numbers joined by an operation.",
                List.of(
                        when(
                                is(
                                        is("sign", Operator.IN, texts("/", "%")),
                                        Operator.AND,
                                        is("right", Operator.EQUAL, number(0))),
                                fail(Condition.DIVISION_BY_ZERO)),
                        new If(branches, List.of()),
                        fail(Condition.UNKNOWN_OPERATION)));
    }

    private static Expression result(Operation operation) {
        Expression right = name("right");
        return switch (operation) {
            case ADD -> is("left", Operator.PLUS, right);
            case SUBTRACT -> is("left", Operator.MINUS, right);
            case MULTIPLY -> is("left", Operator.TIMES, right);
            case DIVIDE -> is("left", Operator.DIVIDED, right);
            case MODULO -> is("left", Operator.MODULO, right);
            case POWER -> call("raised", name("left"), right);
        };
    }

    private List<Statement> expressions() {
        List<Statement> functions = new ArrayList<>(ExpressionParser.functions());
        Expression only = new Index(name("arguments"), number(0));
        functions.add(
                new Function(
                        name("calculate"),
                        names("arguments"),
                        "The result of the one expression that is asked.",
                        List.of(
                                when(
                                        is(
                                                is(
                                                        call("len", name("arguments")),
                                                        Operator.UNEQUAL,
                                                        number(1)),
                                                Operator.OR,
                                                is(
                                                        call("len", only),
                                                        Operator.MORE,
                                                        name("MAX_LENGTH"))),
                                        fail(Condition.BAD_INPUT)),
                                new Assign(name("tokens"), call("tokenize", only)),
                                new Assign(
                                        name("tree"), call("parse_sum", name("tokens"), number(0))),
                                when(name("tokens"), fail(Condition.BAD_INPUT)),
                                new Return(call("evaluate", name("tree"))))));
        return functions;
    }

    private static List<Statement> subcommands() {
        Expression first = new Index(name("arguments"), number(0));
        return List.of(
                operand(),
                new Function(
                        name("calculate"),
                        names("arguments"),
                        "The result of an operation with its two numbers.",
                        List.of(
                                when(new Not(name("arguments")), fail(Condition.BAD_INPUT)),
                                when(
                                        is(first, Operator.NOT_IN, name("OPERATIONS")),
                                        fail(Condition.UNKNOWN_OPERATION)),
                                when(
                                        is(
                                                call("len", name("arguments")),
                                                Operator.UNEQUAL,
                                                number(3)),
                                        fail(Condition.BAD_INPUT)),
                                new Assign(
                                        name("left"),
                                        call("operand", new Index(name("arguments"), number(1)))),
                                new Assign(
                                        name("right"),
                                        call("operand", new Index(name("arguments"), number(2)))),
                                new Return(
                                        call(
                                                "applied",
                                                new Index(name("OPERATIONS"), first),
                                                name("left"),
                                                name("right"))))));
    }

    /// Digits, at most one point between digits, a minus before them or none.
    private static Statement operand() {
        Expression parts = call(member("digits", "split"), text("."));
        return new Function(
                name("operand"),
                names("argument"),
                "The number that an argument stands for.",
                List.of(
                        new Assign(name("digits"), name("argument")),
                        when(
                                call(member("argument", "startswith"), text("-")),
                                new Assign(
                                        name("digits"),
                                        new Slice(name("argument"), number(1), NONE))),
                        new Assign(name("parts"), parts),
                        when(
                                is(
                                        is(call("len", name("parts")), Operator.MORE, number(2)),
                                        Operator.OR,
                                        is(
                                                call("len", name("argument")),
                                                Operator.MORE,
                                                name("MAX_LENGTH"))),
                                fail(Condition.BAD_INPUT)),
                        new Statement.For(
                                name("part"),
                                name("parts"),
                                List.of(
                                        when(
                                                is(
                                                        is("part", Operator.EQUAL, text("")),
                                                        Operator.OR,
                                                        call(
                                                                member(
                                                                        call("set", name("part")),
                                                                        "difference"),
                                                                name("DIGITS"))),
                                                fail(Condition.BAD_INPUT)))),
                        when(
                                is("digits", Operator.UNEQUAL, name("argument")),
                                new Return(new Negated(call("number", name("digits"))))),
                        new Return(call("number", name("digits")))));
    }

    private List<Statement> answers() {
        List<Statement> functions = new ArrayList<>();
        functions.add(fixed());
        functions.add(formatted());
        functions.add(reported());
        functions.add(
                new Function(
                        name("main"),
                        names("arguments"),
                        "Answer one question and say how it went.",
                        List.of(
                                when(
                                        is(
                                                "arguments",
                                                Operator.IN,
                                                tuple(list(text("-h")), list(text("--help")))),
                                        new Do(call("print", name("USAGE"))),
                                        new Return(number(0))),
                                new Try(
                                        List.of(
                                                new Do(
                                                        call(
                                                                "print",
                                                                call(
                                                                        "formatted",
                                                                        call(
                                                                                "calculate",
                                                                                name(
                                                                                        "arguments"))))),
                                                new Return(number(0))),
                                        name("CalculationError"),
                                        name("error"),
                                        List.of(
                                                new Return(
                                                        call(
                                                                "reported",
                                                                call("str", name("error")))))))));
        return functions;
    }

    private static Statement fixed() {
        Expression least = is("decimals", Operator.PLUS, number(1));
        Expression digits =
                call(member(call("str", call("abs", name("scaled"))), "rjust"), least, text("0"));
        Expression cut = new Negated(name("decimals"));
        return new Function(
                name("fixed"),
                names("value", "decimals"),
                "A number with so many decimals, rounded half to even.",
                List.of(
                        new Assign(
                                name("scaled"),
                                call(
                                        "round",
                                        is(
                                                "value",
                                                Operator.TIMES,
                                                is(number(10), Operator.POWER, name("decimals"))))),
                        new Assign(name("digits"), digits),
                        when(
                                is("decimals", Operator.MORE, number(0)),
                                new Assign(
                                        name("digits"),
                                        is(
                                                is(
                                                        new Slice(name("digits"), NONE, cut),
                                                        Operator.PLUS,
                                                        text(".")),
                                                Operator.PLUS,
                                                new Slice(name("digits"), cut, NONE)))),
                        when(
                                is("scaled", Operator.LESS, number(0)),
                                new Return(is(text("-"), Operator.PLUS, name("digits")))),
                        new Return(name("digits"))));
    }

    private Statement formatted() {
        List<Statement> body =
                switch (calculator.output()) {
                    case Output.Fixed(int decimals) ->
                            List.of(new Return(call("fixed", name("value"), number(decimals))));
                    case Output.Fraction() -> List.of(new Return(call("str", name("value"))));
                    case Output.Plain() -> plain("", "");
                    case Output.Json() -> plain("{\"result\": ", "}");
                };
        return new Function(name("formatted"), names("value"), "A result as it is printed.", body);
    }

    private static List<Statement> plain(String before, String after) {
        Expression decimals = call("fixed", name("value"), number(Oracle.PLAIN_DECIMALS));
        Expression stripped =
                call(member(call(member(decimals, "rstrip"), text("0")), "rstrip"), text("."));
        List<Statement> body = new ArrayList<>();
        body.add(
                new If(
                        List.of(
                                branch(
                                        is(
                                                member("value", "denominator"),
                                                Operator.EQUAL,
                                                number(1)),
                                        new Assign(name("digits"), call("str", name("value"))))),
                        List.of(new Assign(name("digits"), stripped))));
        Expression printed = name("digits");
        body.add(
                new Return(
                        before.isEmpty()
                                ? printed
                                : is(
                                        is(text(before), Operator.PLUS, printed),
                                        Operator.PLUS,
                                        text(after))));
        return body;
    }

    private Statement reported() {
        List<Branch> branches = new ArrayList<>();
        for (Condition condition : Condition.values()) {
            Answer answer = calculator.failures().get(condition);
            if (answer != null) {
                branches.add(
                        branch(
                                is("condition", Operator.EQUAL, text(condition.words())),
                                new Do(print(answer)),
                                new Return(number(answer.exit()))));
            }
        }
        return new Function(
                name("reported"),
                names("condition"),
                "Say what is wrong with the question.",
                List.of(
                        new If(branches, List.of()),
                        new Raise(call("ValueError", name("condition")))));
    }

    private static Expression print(Answer answer) {
        return answer.stream() == Stream.OUTPUT
                ? call("print", text(answer.text()))
                : new NamedCall(
                        name("print"),
                        List.of(text(answer.text())),
                        List.of(new Named(name("file"), member("sys", "stderr"))));
    }
}
