package dev.soma.kamachiq.service;

import static dev.soma.kamachiq.python.Python.NONE;
import static dev.soma.kamachiq.python.Python.beside;
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

import dev.soma.kamachiq.python.Expression;
import dev.soma.kamachiq.python.Expression.Binary;
import dev.soma.kamachiq.python.Expression.Named;
import dev.soma.kamachiq.python.Expression.NamedCall;
import dev.soma.kamachiq.python.Expression.Operator;
import dev.soma.kamachiq.python.Statement;
import dev.soma.kamachiq.python.Statement.Assign;
import dev.soma.kamachiq.python.Statement.ClassOf;
import dev.soma.kamachiq.python.Statement.Do;
import dev.soma.kamachiq.python.Statement.Function;
import dev.soma.kamachiq.python.Statement.Import;
import dev.soma.kamachiq.python.Statement.Module;
import dev.soma.kamachiq.python.Statement.Return;
import dev.soma.kamachiq.python.Statement.Try;
import dev.soma.kamachiq.python.Statement.While;
import dev.soma.kamachiq.python.Statement.With;
import dev.soma.kamachiq.service.Service.Storage;
import dev.soma.kamachiq.service.ServiceOracle.Said;
import dev.soma.kamachiq.service.Step.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Writes the tests that a service is delivered with: each starts it on a free port and asks what a
/// scenario asks, except what takes a restart or half a request.
final class TestsCapsule {
    private static final Expression SERVICE = member("self", "service");
    private static final Expression PORT = member("self", "port");
    private static final int SECONDS = 10;

    /// Runs of one character longer than this are written as a product.
    private static final int LONG = 60;

    private TestsCapsule() {}

    private static List<List<Request>> scenarios(Service service) {
        return Scenarios.of(service).values().stream()
                .filter(steps -> steps.stream().noneMatch(Step.Restart.class::isInstance))
                .map(
                        steps ->
                                steps.stream()
                                        .filter(Request.class::isInstance)
                                        .map(Request.class::cast)
                                        .toList())
                .toList();
    }

    /// Of the tests, in the order of the scenarios.
    static List<String> testNames(Service service) {
        return IntStream.range(0, scenarios(service).size())
                .mapToObj("test_%03d"::formatted)
                .toList();
    }

    static Module module(Service service) {
        List<Statement> body = new ArrayList<>();
        body.add(new Import(member("http", "client"), List.of()));
        for (String module :
                List.of("json", "socket", "subprocess", "sys", "tempfile", "time", "unittest")) {
            body.add(new Import(name(module), List.of()));
        }
        body.add(new Import(name("pathlib"), names("Path")));
        body.add(new Assign(name("PROGRAM"), beside(service.name() + ".py")));
        body.add(freePort());
        List<Statement> methods = new ArrayList<>(List.of(setUp(service), tearDown(), check()));
        List<String> names = testNames(service);
        List<List<Request>> scenarios = scenarios(service);
        for (int i = 0; i < names.size(); i++) {
            methods.add(test(names.get(i), service, scenarios.get(i)));
        }
        body.add(
                new ClassOf(
                        name("ServiceTests"),
                        member("unittest", "TestCase"),
                        "Each starts the service and asks it as its clients do.",
                        methods));
        return new Module(
                "Asks the service over HTTP.", body, Optional.of(call(member("unittest", "main"))));
    }

    private static Statement freePort() {
        return new Function(
                name("free_port"),
                List.of(),
                "Find a port that nobody listens on.",
                List.of(
                        new With(
                                call(member("socket", "socket")),
                                name("probe"),
                                List.of(
                                        new Do(
                                                call(
                                                        member("probe", "bind"),
                                                        tuple(text("127.0.0.1"), number(0)))),
                                        new Return(
                                                new Expression.Index(
                                                        call(member("probe", "getsockname")),
                                                        number(1)))))));
    }

    private static Statement setUp(Service service) {
        List<Expression> command =
                new ArrayList<>(
                        List.of(
                                member("sys", "executable"),
                                name("PROGRAM"),
                                text("--port"),
                                call("str", PORT)));
        List<Statement> body = new ArrayList<>();
        body.add(
                new Assign(
                        member("self", "folder"), call(member("tempfile", "TemporaryDirectory"))));
        body.add(new Assign(PORT, call("free_port")));
        if (service.storage() == Storage.SQLITE) {
            command.add(text("--database"));
            command.add(
                    is(
                            member(member("self", "folder"), "name"),
                            Operator.PLUS,
                            text("/records.db")));
        }
        Expression silent = member("subprocess", "DEVNULL");
        body.add(new Assign(name("command"), list(command.toArray(Expression[]::new))));
        body.add(
                new Assign(
                        SERVICE,
                        new NamedCall(
                                member("subprocess", "Popen"),
                                List.of(name("command")),
                                List.of(new Named(name("stderr"), silent)))));
        body.add(
                new Assign(
                        name("end"),
                        is(call(member("time", "monotonic")), Operator.PLUS, number(SECONDS))));
        body.add(untilItAnswers());
        body.add(new Do(call(member("self", "fail"), text("the service does not answer"))));
        return new Function(
                name("setUp"), names("self"), "Start the service and wait for it.", body);
    }

    private static Statement untilItAnswers() {
        Expression address = tuple(text("127.0.0.1"), PORT);
        return new While(
                is(call(member("time", "monotonic")), Operator.LESS, name("end")),
                List.of(
                        when(
                                is(call(member(SERVICE, "poll")), Operator.IS_NOT, NONE),
                                new Do(call(member("self", "fail"), text("the service ended")))),
                        new Try(
                                List.of(
                                        new Do(
                                                call(
                                                        member(
                                                                call(
                                                                        member(
                                                                                "socket",
                                                                                "create_connection"),
                                                                        address,
                                                                        number(1)),
                                                                "close"))),
                                        new Return(NONE)),
                                name("OSError"),
                                name("error"),
                                List.of(
                                        new Do(
                                                call(
                                                        member("time", "sleep"),
                                                        is(
                                                                number(1),
                                                                Operator.DIVIDED,
                                                                number(100))))))));
    }

    private static Statement tearDown() {
        return new Function(
                name("tearDown"),
                names("self"),
                "Stop the service.",
                List.of(
                        new Do(call(member(SERVICE, "kill"))),
                        new Do(call(member(SERVICE, "wait"))),
                        new Do(call(member(member("self", "folder"), "cleanup")))));
    }

    private static Statement check() {
        return new Function(
                name("check"),
                names("self", "method", "path", "body", "status", "document"),
                "Ask for one thing and compare all that is said.",
                List.of(
                        new Assign(
                                name("asked"),
                                call(
                                        member(member("http", "client"), "HTTPConnection"),
                                        text("127.0.0.1"),
                                        PORT)),
                        new Do(
                                call(
                                        member("asked", "request"),
                                        name("method"),
                                        name("path"),
                                        call(member("body", "encode")))),
                        new Assign(name("answer"), call(member("asked", "getresponse"))),
                        new Assign(name("said"), call(member("answer", "read"))),
                        new Do(call(member("asked", "close"))),
                        equal(name("status"), member("answer", "status")),
                        when(
                                name("document"),
                                equal(
                                        call(member("json", "loads"), name("document")),
                                        call(member("json", "loads"), name("said")))),
                        when(
                                new Expression.Not(name("document")),
                                equal(number(0), call("len", name("said"))))));
    }

    private static Statement equal(Expression expected, Expression found) {
        return new Do(call(member("self", "assertEqual"), expected, found));
    }

    private static Statement test(String test, Service service, List<Request> steps) {
        ServiceOracle oracle = new ServiceOracle(service);
        List<Statement> body = new ArrayList<>();
        for (Request step : steps) {
            Said said = oracle.after(step).orElseThrow();
            body.add(
                    new Do(
                            call(
                                    member("self", "check"),
                                    text(step.method()),
                                    text(step.path()),
                                    value(step.body()),
                                    number(said.status()),
                                    value(said.body()))));
        }
        return new Function(name(test), names("self"), "", body);
    }

    /// A long run of one character within a text is written as a product.
    private static Expression value(String text) {
        int from = 0;
        for (int at = 1; at <= text.length(); at++) {
            if (at == text.length() || text.charAt(at) != text.charAt(from)) {
                if (at - from > LONG) {
                    return product(text, from, at);
                }
                from = at;
            }
        }
        return text(text);
    }

    private static Expression product(String text, int from, int to) {
        Expression run =
                new Binary(text(text.substring(from, from + 1)), Operator.TIMES, number(to - from));
        Expression before = from == 0 ? run : is(text(text.substring(0, from)), Operator.PLUS, run);
        return to == text.length() ? before : is(before, Operator.PLUS, value(text.substring(to)));
    }
}
