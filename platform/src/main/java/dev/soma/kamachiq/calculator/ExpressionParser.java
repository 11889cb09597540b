package dev.soma.kamachiq.calculator;

import static dev.soma.kamachiq.python.Python.branch;
import static dev.soma.kamachiq.python.Python.call;
import static dev.soma.kamachiq.python.Python.is;
import static dev.soma.kamachiq.python.Python.member;
import static dev.soma.kamachiq.python.Python.name;
import static dev.soma.kamachiq.python.Python.names;
import static dev.soma.kamachiq.python.Python.number;
import static dev.soma.kamachiq.python.Python.text;
import static dev.soma.kamachiq.python.Python.tuple;
import static dev.soma.kamachiq.python.Python.when;

import dev.soma.kamachiq.calculator.Calculator.Condition;
import dev.soma.kamachiq.python.Expression;
import dev.soma.kamachiq.python.Expression.Index;
import dev.soma.kamachiq.python.Expression.Negated;
import dev.soma.kamachiq.python.Expression.Not;
import dev.soma.kamachiq.python.Expression.Operator;
import dev.soma.kamachiq.python.Expression.Slice;
import dev.soma.kamachiq.python.Statement;
import dev.soma.kamachiq.python.Statement.Assign;
import dev.soma.kamachiq.python.Statement.Do;
import dev.soma.kamachiq.python.Statement.For;
import dev.soma.kamachiq.python.Statement.Function;
import dev.soma.kamachiq.python.Statement.If;
import dev.soma.kamachiq.python.Statement.Increase;
import dev.soma.kamachiq.python.Statement.Raise;
import dev.soma.kamachiq.python.Statement.Return;
import dev.soma.kamachiq.python.Statement.While;
import java.util.List;

/// The part of a calculator's program that reads expressions: tokens, then a tree by recursive
/// descent, then its value.
final class ExpressionParser {
    private static final Expression TOKENS = name("tokens");
    private static final Expression FIRST = new Index(TOKENS, number(0));
    private static final Expression DEEPER = is("depth", Operator.PLUS, number(1));

    private ExpressionParser() {}

    static List<Statement> functions() {
        return List.of(
                numberEnd(),
                signAt(),
                tokenize(),
                takeSign(),
                level("parse_sum", "Read terms joined by plus and minus.", "parse_term", "+", "-"),
                level(
                        "parse_term",
                        "Read factors joined by times, divided by and modulo.",
                        "parse_factor",
                        "*",
                        "/",
                        "%"),
                factor(),
                power(),
                atom(),
                evaluate());
    }

    private static Statement bad() {
        return new Raise(call("CalculationError", text(Condition.BAD_INPUT.words())));
    }

    private static Expression both(Expression one, Expression other) {
        return is(one, Operator.AND, other);
    }

    private static Expression isDigit(Expression at) {
        return both(
                is(at, Operator.LESS, call("len", name("text"))),
                is(
                        new Slice(name("text"), at, is(at, Operator.PLUS, number(1))),
                        Operator.IN,
                        name("DIGITS")));
    }

    private static Statement skipDigits() {
        return new While(isDigit(name("end")), List.of(new Increase(name("end"), number(1))));
    }

    private static Statement numberEnd() {
        Expression after = is("end", Operator.PLUS, number(1));
        Expression point =
                is(new Slice(name("text"), name("end"), after), Operator.EQUAL, text("."));
        return new Function(
                name("number_end"),
                names("text", "start"),
                "Where a number ends that starts here.",
                List.of(
                        new Assign(name("end"), name("start")),
                        skipDigits(),
                        when(
                                both(point, isDigit(after)),
                                new Increase(name("end"), number(1)),
                                skipDigits()),
                        new Return(name("end"))));
    }

    private static Statement signAt() {
        return new Function(
                name("sign_at"),
                names("text", "at"),
                "The sign that stands here.",
                List.of(
                        new For(
                                name("sign"),
                                name("SIGNS"),
                                List.of(
                                        when(
                                                call(
                                                        member("text", "startswith"),
                                                        name("sign"),
                                                        name("at")),
                                                new Return(name("sign"))))),
                        bad()));
    }

    private static Statement tokenize() {
        Expression here = new Index(name("text"), name("at"));
        return new Function(
                name("tokenize"),
                names("text"),
                "Split an expression into numbers and signs.",
                List.of(
                        new Assign(name("tokens"), dev.soma.kamachiq.python.Python.list()),
                        new Assign(name("at"), number(0)),
                        new While(
                                is("at", Operator.LESS, call("len", name("text"))),
                                List.of(
                                        new If(
                                                List.of(
                                                        branch(
                                                                is(here, Operator.IN, text(" \t")),
                                                                new Increase(
                                                                        name("at"), number(1))),
                                                        branch(
                                                                is(
                                                                        here,
                                                                        Operator.IN,
                                                                        name("DIGITS")),
                                                                new Assign(
                                                                        name("end"),
                                                                        call(
                                                                                "number_end",
                                                                                name("text"),
                                                                                name("at"))),
                                                                append(
                                                                        new Slice(
                                                                                name("text"),
                                                                                name("at"),
                                                                                name("end"))),
                                                                new Assign(
                                                                        name("at"), name("end")))),
                                                otherToken()))),
                        new Return(TOKENS)));
    }

    /// A caret is another way to write a power.
    private static List<Statement> otherToken() {
        return List.of(
                new Assign(name("sign"), call("sign_at", name("text"), name("at"))),
                new Increase(name("at"), call("len", name("sign"))),
                when(is("sign", Operator.EQUAL, text("^")), new Assign(name("sign"), text("**"))),
                append(name("sign")));
    }

    private static Statement append(Expression token) {
        return new Do(call(member(TOKENS, "append"), token));
    }

    private static Statement takeSign() {
        return new Function(
                name("take_sign"),
                names("tokens"),
                "The operation that comes next, if this calculator knows it.",
                List.of(
                        new Assign(name("sign"), call(member(TOKENS, "pop"), number(0))),
                        when(
                                is("sign", Operator.NOT_IN, name("OPERATIONS")),
                                new Raise(
                                        call(
                                                "CalculationError",
                                                text(Condition.UNKNOWN_OPERATION.words())))),
                        new Return(name("sign"))));
    }

    private static Statement level(
            String function, String documentation, String below, String... signs) {
        Expression more =
                both(
                        TOKENS,
                        is(
                                FIRST,
                                Operator.IN,
                                tuple(
                                        List.of(signs).stream()
                                                .map(dev.soma.kamachiq.python.Python::text)
                                                .toArray(Expression[]::new))));
        Expression next = call(below, TOKENS, name("depth"));
        return new Function(
                name(function),
                names("tokens", "depth"),
                documentation,
                List.of(
                        new Assign(name("left"), next),
                        new While(
                                more,
                                List.of(
                                        new Assign(name("sign"), call("take_sign", TOKENS)),
                                        new Assign(
                                                name("left"),
                                                tuple(name("sign"), name("left"), next)))),
                        new Return(name("left"))));
    }

    private static Statement factor() {
        return new Function(
                name("parse_factor"),
                names("tokens", "depth"),
                "Read a power, or a minus before a factor.",
                List.of(
                        when(is("depth", Operator.MORE, name("MAX_DEPTH")), bad()),
                        when(
                                both(TOKENS, is(FIRST, Operator.EQUAL, text("-"))),
                                new Do(call(member(TOKENS, "pop"), number(0))),
                                new Return(
                                        tuple(
                                                text("minus"),
                                                call("parse_factor", TOKENS, DEEPER)))),
                        new Return(call("parse_power", TOKENS, name("depth")))));
    }

    private static Statement power() {
        return new Function(
                name("parse_power"),
                names("tokens", "depth"),
                "Read an atom and the factor it is raised to.",
                List.of(
                        new Assign(name("base"), call("parse_atom", TOKENS, name("depth"))),
                        when(
                                both(TOKENS, is(FIRST, Operator.EQUAL, text("**"))),
                                new Assign(name("sign"), call("take_sign", TOKENS)),
                                new Return(
                                        tuple(
                                                name("sign"),
                                                name("base"),
                                                call("parse_factor", TOKENS, DEEPER)))),
                        new Return(name("base"))));
    }

    private static Statement atom() {
        Expression pop = call(member(TOKENS, "pop"), number(0));
        return new Function(
                name("parse_atom"),
                names("tokens", "depth"),
                "Read a number or an expression in parentheses.",
                List.of(
                        when(new Not(TOKENS), bad()),
                        new Assign(name("token"), pop),
                        when(
                                is("token", Operator.EQUAL, text("(")),
                                new Assign(name("inner"), call("parse_sum", TOKENS, DEEPER)),
                                when(
                                        is(
                                                new Not(TOKENS),
                                                Operator.OR,
                                                is(pop, Operator.UNEQUAL, text(")"))),
                                        bad()),
                                new Return(name("inner"))),
                        when(
                                is(
                                        new Index(name("token"), number(0)),
                                        Operator.NOT_IN,
                                        name("DIGITS")),
                                bad()),
                        new Return(tuple(text("number"), name("token")))));
    }

    private static Statement evaluate() {
        Expression kind = new Index(name("tree"), number(0));
        Expression one = new Index(name("tree"), number(1));
        Expression two = new Index(name("tree"), number(2));
        return new Function(
                name("evaluate"),
                names("tree"),
                "The value of a tree.",
                List.of(
                        when(
                                is(kind, Operator.EQUAL, text("number")),
                                new Return(call("number", one))),
                        when(
                                is(kind, Operator.EQUAL, text("minus")),
                                new Return(new Negated(call("evaluate", one)))),
                        new Return(
                                call(
                                        "applied",
                                        kind,
                                        call("evaluate", one),
                                        call("evaluate", two)))));
    }
}
