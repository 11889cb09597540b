package dev.soma.kamachiq.python;

import java.math.BigInteger;
import java.util.List;
import java.util.regex.Pattern;

/// An expression of Python 3 (docs.python.org/3/reference/expressions.html), as far as programs of
/// the library need it.
public sealed interface Expression {
    /// A name that is a plain ASCII identifier and no keyword.
    record Name(String name) implements Expression {
        private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,62}");

        public Name {
            if (!IDENTIFIER.matcher(name).matches() || Keywords.ALL.contains(name)) {
                throw new IllegalArgumentException("'%s' is no name".formatted(name));
            }
        }
    }

    /// `True`, `False` or `None`.
    record Constant(String word) implements Expression {
        public Constant {
            if (!List.of("True", "False", "None").contains(word)) {
                throw new IllegalArgumentException(word + " is no constant");
            }
        }
    }

    record Int(BigInteger value) implements Expression {}

    /// Any text; it is printed with every character outside of printable ASCII escaped.
    record Str(String value) implements Expression {}

    record Attribute(Expression of, Name name) implements Expression {}

    record Call(Expression function, List<Expression> arguments) implements Expression {
        public Call {
            arguments = List.copyOf(arguments);
        }
    }

    record Named(Name name, Expression value) {}

    /// A call with named arguments after the others.
    record NamedCall(Expression function, List<Expression> arguments, List<Named> named)
            implements Expression {
        public NamedCall {
            arguments = List.copyOf(arguments);
            named = List.copyOf(named);
        }
    }

    record Binary(Expression left, Operator operator, Expression right) implements Expression {}

    record Negated(Expression value) implements Expression {}

    record Not(Expression value) implements Expression {}

    record Items(List<Expression> items, Brackets brackets) implements Expression {
        public Items {
            items = List.copyOf(items);
        }
    }

    record Entry(Expression key, Expression value) {}

    record Dictionary(List<Entry> entries) implements Expression {
        public Dictionary {
            entries = List.copyOf(entries);
        }
    }

    record Index(Expression of, Expression at) implements Expression {}

    /// `of[from:to]`; a bound that is [Constant] `None` is left out.
    record Slice(Expression of, Expression from, Expression to) implements Expression {}

    /// `*value` in a call.
    record Spread(Expression value) implements Expression {}

    enum Brackets {
        LIST,
        TUPLE
    }

    /// Operators of two operands, by how closely they bind.
    enum Operator {
        OR("or", 1),
        AND("and", 2),
        IS("is", 4),
        IS_NOT("is not", 4),
        IN("in", 4),
        NOT_IN("not in", 4),
        LESS("<", 4),
        AT_MOST("<=", 4),
        MORE(">", 4),
        AT_LEAST(">=", 4),
        EQUAL("==", 4),
        UNEQUAL("!=", 4),
        PLUS("+", 6),
        MINUS("-", 6),
        TIMES("*", 7),
        DIVIDED("/", 7),
        FLOOR_DIVIDED("//", 7),
        MODULO("%", 7),
        POWER("**", 9);

        final String symbol;
        final int binding;

        Operator(String symbol, int binding) {
            this.symbol = symbol;
            this.binding = binding;
        }
    }
}
