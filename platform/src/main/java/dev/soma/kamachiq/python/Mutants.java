package dev.soma.kamachiq.python;

import dev.soma.kamachiq.python.Expression.Binary;
import dev.soma.kamachiq.python.Expression.Call;
import dev.soma.kamachiq.python.Expression.Int;
import dev.soma.kamachiq.python.Expression.NamedCall;
import dev.soma.kamachiq.python.Expression.Negated;
import dev.soma.kamachiq.python.Expression.Not;
import dev.soma.kamachiq.python.Expression.Operator;
import dev.soma.kamachiq.python.Statement.Assign;
import dev.soma.kamachiq.python.Statement.Branch;
import dev.soma.kamachiq.python.Statement.Do;
import dev.soma.kamachiq.python.Statement.For;
import dev.soma.kamachiq.python.Statement.If;
import dev.soma.kamachiq.python.Statement.Increase;
import dev.soma.kamachiq.python.Statement.Module;
import dev.soma.kamachiq.python.Statement.Return;
import dev.soma.kamachiq.python.Statement.Try;
import dev.soma.kamachiq.python.Statement.While;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Programs with one fault each, to measure tests by: a suite that notices few of them proves
/// little. The faults are those of DeMillo, Lipton and Sayward, "Hints on Test Data Selection"
/// (1978): another operator, a constant one off, a branch that is never or always taken, a stream
/// or a sign that is forgotten.
public final class Mutants {
    private static final Map<Operator, Operator> OTHER =
            Map.ofEntries(
                    Map.entry(Operator.PLUS, Operator.MINUS),
                    Map.entry(Operator.MINUS, Operator.PLUS),
                    Map.entry(Operator.TIMES, Operator.DIVIDED),
                    Map.entry(Operator.DIVIDED, Operator.TIMES),
                    Map.entry(Operator.MODULO, Operator.DIVIDED),
                    Map.entry(Operator.POWER, Operator.TIMES),
                    Map.entry(Operator.LESS, Operator.AT_LEAST),
                    Map.entry(Operator.AT_LEAST, Operator.LESS),
                    Map.entry(Operator.MORE, Operator.AT_MOST),
                    Map.entry(Operator.AT_MOST, Operator.MORE),
                    Map.entry(Operator.EQUAL, Operator.UNEQUAL),
                    Map.entry(Operator.UNEQUAL, Operator.EQUAL),
                    Map.entry(Operator.IS, Operator.IS_NOT),
                    Map.entry(Operator.IS_NOT, Operator.IS),
                    Map.entry(Operator.IN, Operator.NOT_IN),
                    Map.entry(Operator.NOT_IN, Operator.IN),
                    Map.entry(Operator.AND, Operator.OR),
                    Map.entry(Operator.OR, Operator.AND));

    private Mutants() {}

    /// Every mutant of a program's functions, in the order of the text. Constants of the module are
    /// bounds that no ordinary question comes near and stay as they are.
    public static List<Module> of(Module module) {
        List<Module> mutants = new ArrayList<>();
        for (int i = 0; i < module.body().size(); i++) {
            if (module.body().get(i) instanceof Statement.Function function) {
                for (List<Statement> body : block(function.body())) {
                    Statement other =
                            new Statement.Function(
                                    function.name(),
                                    function.parameters(),
                                    function.documentation(),
                                    body);
                    mutants.add(
                            new Module(
                                    module.documentation(),
                                    with(module.body(), i, other),
                                    module.main()));
                }
            }
        }
        return mutants;
    }

    private static <T> List<T> with(List<T> items, int at, T other) {
        List<T> copy = new ArrayList<>(items);
        copy.set(at, other);
        return copy;
    }

    private static List<List<Statement>> block(List<Statement> block) {
        List<List<Statement>> mutants = new ArrayList<>();
        for (int i = 0; i < block.size(); i++) {
            for (Statement other : statement(block.get(i))) {
                mutants.add(with(block, i, other));
            }
        }
        return mutants;
    }

    private static List<Statement> statement(Statement statement) {
        return switch (statement) {
            case Assign(Expression target, Expression value) ->
                    expression(value).<Statement>map(other -> new Assign(target, other)).toList();
            case Increase(Expression target, Expression value) ->
                    expression(value).<Statement>map(other -> new Increase(target, other)).toList();
            case Do(Expression value) -> expression(value).<Statement>map(Do::new).toList();
            case Return(Expression value) -> expression(value).<Statement>map(Return::new).toList();
            case If choice -> choice(choice);
            case While(Expression condition, List<Statement> body) ->
                    Stream.<Statement>concat(
                                    expression(condition).map(other -> new While(other, body)),
                                    block(body).stream().map(other -> new While(condition, other)))
                            .toList();
            case For(Expression.Name variable, Expression in, List<Statement> body) ->
                    block(body).stream()
                            .<Statement>map(other -> new For(variable, in, other))
                            .toList();
            case Try tried ->
                    block(tried.handler()).stream()
                            .<Statement>map(
                                    other ->
                                            new Try(tried.body(), tried.error(), tried.as(), other))
                            .toList();
            default -> List.of();
        };
    }

    private static List<Statement> choice(If choice) {
        List<Statement> mutants = new ArrayList<>();
        for (int i = 0; i < choice.branches().size(); i++) {
            Branch branch = choice.branches().get(i);
            int at = i;
            Stream.concat(
                            expression(branch.condition()),
                            Stream.of(
                                    new Expression.Constant("True"),
                                    new Expression.Constant("False")))
                    .map(condition -> new Branch(condition, branch.body()))
                    .forEach(
                            other ->
                                    mutants.add(
                                            new If(
                                                    with(choice.branches(), at, other),
                                                    choice.otherwise())));
            for (List<Statement> body : block(branch.body())) {
                mutants.add(
                        new If(
                                with(choice.branches(), at, new Branch(branch.condition(), body)),
                                choice.otherwise()));
            }
        }
        block(choice.otherwise()).forEach(other -> mutants.add(new If(choice.branches(), other)));
        return mutants;
    }

    private static Stream<Expression> expression(Expression expression) {
        return switch (expression) {
            case Int(BigInteger value) ->
                    Stream.of(
                            new Int(value.add(BigInteger.ONE)),
                            new Int(value.subtract(BigInteger.ONE)));
            case Negated(Expression value) -> Stream.of(value);
            case Not(Expression value) -> Stream.of(value);
            case Binary(Expression left, Operator operator, Expression right) ->
                    Stream.of(
                                    Stream.ofNullable(OTHER.get(operator))
                                            .<Expression>map(
                                                    other -> new Binary(left, other, right)),
                                    expression(left)
                                            .<Expression>map(
                                                    other -> new Binary(other, operator, right)),
                                    expression(right)
                                            .<Expression>map(
                                                    other -> new Binary(left, operator, other)))
                            .flatMap(mutants -> mutants);
            case Call(Expression function, List<Expression> arguments) ->
                    arguments(arguments).map(other -> new Call(function, other));
            case NamedCall call -> Stream.of(new Call(call.function(), call.arguments()));
            default -> Stream.empty();
        };
    }

    private static Stream<List<Expression>> arguments(List<Expression> arguments) {
        List<List<Expression>> mutants = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            int at = i;
            expression(arguments.get(i)).forEach(other -> mutants.add(with(arguments, at, other)));
        }
        return mutants.stream();
    }
}
