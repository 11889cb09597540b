package dev.soma.kamachiq.python;

import dev.soma.kamachiq.python.Expression.Attribute;
import dev.soma.kamachiq.python.Expression.Binary;
import dev.soma.kamachiq.python.Expression.Brackets;
import dev.soma.kamachiq.python.Expression.Call;
import dev.soma.kamachiq.python.Expression.Constant;
import dev.soma.kamachiq.python.Expression.Int;
import dev.soma.kamachiq.python.Expression.Items;
import dev.soma.kamachiq.python.Expression.Name;
import dev.soma.kamachiq.python.Expression.Operator;
import dev.soma.kamachiq.python.Expression.Str;
import dev.soma.kamachiq.python.Statement.Branch;
import dev.soma.kamachiq.python.Statement.If;
import java.math.BigInteger;
import java.util.List;

/// Short ways to write trees.
public final class Python {
    public static final Expression NONE = new Constant("None");

    private Python() {}

    public static Name name(String name) {
        return new Name(name);
    }

    public static List<Name> names(String... names) {
        return List.of(names).stream().map(Name::new).toList();
    }

    public static Expression number(long value) {
        return new Int(BigInteger.valueOf(value));
    }

    public static Expression text(String value) {
        return new Str(value);
    }

    public static Expression call(String function, Expression... arguments) {
        return new Call(name(function), List.of(arguments));
    }

    public static Expression call(Expression function, Expression... arguments) {
        return new Call(function, List.of(arguments));
    }

    public static Expression member(Expression object, String attribute) {
        return new Attribute(object, name(attribute));
    }

    public static Expression member(String object, String attribute) {
        return member(name(object), attribute);
    }

    /// The path of a file that lies beside the one that asks; `Path` has to be imported.
    public static Expression beside(String file) {
        return call("str", call(member(call("Path", name("__file__")), "with_name"), text(file)));
    }

    public static Expression is(Expression left, Operator operator, Expression right) {
        return new Binary(left, operator, right);
    }

    public static Expression is(String left, Operator operator, Expression right) {
        return is(name(left), operator, right);
    }

    public static Expression tuple(Expression... items) {
        return new Items(List.of(items), Brackets.TUPLE);
    }

    public static Expression list(Expression... items) {
        return new Items(List.of(items), Brackets.LIST);
    }

    public static Statement when(Expression condition, Statement... body) {
        return new If(List.of(branch(condition, body)), List.of());
    }

    public static Branch branch(Expression condition, Statement... body) {
        return new Branch(condition, List.of(body));
    }
}
