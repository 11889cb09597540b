package dev.soma.kamachiq.service;

import static dev.soma.kamachiq.python.Python.NONE;
import static dev.soma.kamachiq.python.Python.call;
import static dev.soma.kamachiq.python.Python.member;
import static dev.soma.kamachiq.python.Python.name;
import static dev.soma.kamachiq.python.Python.names;
import static dev.soma.kamachiq.python.Python.number;
import static dev.soma.kamachiq.python.Python.text;
import static dev.soma.kamachiq.python.Python.tuple;

import dev.soma.kamachiq.python.Expression;
import dev.soma.kamachiq.python.Expression.Brackets;
import dev.soma.kamachiq.python.Expression.Constant;
import dev.soma.kamachiq.python.Expression.Items;
import dev.soma.kamachiq.python.Expression.Named;
import dev.soma.kamachiq.python.Expression.NamedCall;
import dev.soma.kamachiq.python.Expression.Slice;
import dev.soma.kamachiq.python.Expression.Spread;
import dev.soma.kamachiq.python.Statement;
import dev.soma.kamachiq.python.Statement.Assign;
import dev.soma.kamachiq.python.Statement.ClassOf;
import dev.soma.kamachiq.python.Statement.Do;
import dev.soma.kamachiq.python.Statement.Function;
import dev.soma.kamachiq.python.Statement.Import;
import dev.soma.kamachiq.python.Statement.Module;
import dev.soma.kamachiq.python.Statement.Try;
import dev.soma.kamachiq.service.Service.Answer;
import dev.soma.kamachiq.service.Service.Condition;
import dev.soma.kamachiq.service.Service.Field;
import dev.soma.kamachiq.service.Service.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Writes the program of a service: Python's own HTTP server and SQLite, nothing that evaluates
/// text, one request at a time. Equal services are equal trees.
public final class ServiceCapsule {
    private final Service service;

    private ServiceCapsule(Service service) {
        this.service = service;
    }

    public static Module program(Service service) {
        return new ServiceCapsule(service).module();
    }

    private Module module() {
        List<Statement> body = new ArrayList<>();
        for (String module : List.of("argparse", "json", "sqlite3", "sys")) {
            body.add(new Import(name(module), List.of()));
        }
        body.add(
                new Import(
                        member("http", "server"), names("BaseHTTPRequestHandler", "HTTPServer")));
        body.addAll(constants());
        body.add(
                new ClassOf(
                        name("RequestError"),
                        name("Exception"),
                        "Why a request is not done: a status and a text.",
                        List.of()));
        body.addAll(RecordsCapsule.values());
        body.add(RecordsCapsule.store());
        body.addAll(HandlerCapsule.of(service));
        body.add(main());
        return new Module(
                "A service that keeps %s, over HTTP.".formatted(service.plural()),
                body,
                Optional.of(call("main", new Slice(member("sys", "argv"), number(1), NONE))));
    }

    static Statement set(String name, Expression value) {
        return new Assign(name(name), value);
    }

    static Statement set(Expression target, Expression value) {
        return new Assign(target, value);
    }

    private List<Statement> constants() {
        List<Statement> constants = new ArrayList<>();
        constants.add(set("FIELDS", new Items(List.of(), Brackets.LIST)));
        service.fields()
                .forEach(
                        field ->
                                constants.add(
                                        new Do(call(member("FIELDS", "append"), field(field)))));
        if (service.storage() == Storage.SQLITE) {
            constants.add(set("DATABASE", text(service.name() + ".db")));
        }
        constants.addAll(limits());
        return constants;
    }

    private List<Statement> limits() {
        return List.of(
                set(
                        "SCHEMA",
                        text(
                                "CREATE TABLE IF NOT EXISTS records (id INTEGER PRIMARY KEY AUTOINCREMENT, body)")),
                set("UNKNOWN", failure(Condition.UNKNOWN)),
                set("INVALID", failure(Condition.INVALID)),
                set("MAX_TEXT", number(Service.MAX_TEXT)),
                set("MAX_INTEGER", number(Service.MAX_INTEGER)),
                set("MAX_BODY", number(Service.MAX_BODY)));
    }

    private static Expression field(Field field) {
        return tuple(
                text(field.name()),
                name(
                        switch (field.type()) {
                            case TEXT -> "str";
                            case INTEGER -> "int";
                            case BOOLEAN -> "bool";
                        }),
                new Constant(field.required() ? "True" : "False"));
    }

    private Expression failure(Condition condition) {
        Answer answer = service.answer(condition);
        return tuple(number(answer.status()), text(answer.text()));
    }

    static Expression error(String constant) {
        return call("RequestError", new Spread(name(constant)));
    }

    static Expression error(int status, String said) {
        return call("RequestError", number(status), text(said));
    }

    static Statement function(
            String name, List<Expression.Name> parameters, String told, Statement... body) {
        return new Function(name(name), parameters, told, List.of(body));
    }

    private static Statement option(String option, String type, Expression usual, String help) {
        return new Do(
                new NamedCall(
                        member("options", "add_argument"),
                        List.of(text(option)),
                        List.of(
                                new Named(name("type"), name(type)),
                                new Named(name("default"), usual),
                                new Named(name("help"), text(help)))));
    }

    private Statement main() {
        boolean kept = service.storage() == Storage.SQLITE;
        List<Statement> body = new ArrayList<>();
        body.add(
                set(
                        "options",
                        new NamedCall(
                                member("argparse", "ArgumentParser"),
                                List.of(),
                                List.of(
                                        new Named(
                                                name("description"),
                                                text("Keeps %s.".formatted(service.plural())))))));
        body.add(option("--port", "int", number(8080), "where it listens"));
        if (kept) {
            body.add(option("--database", "str", name("DATABASE"), "file of the records"));
        }
        body.add(set("given", call(member("options", "parse_args"), name("arguments"))));
        body.add(
                set(
                        member("Handler", "store"),
                        call("Store", kept ? member("given", "database") : text(":memory:"))));
        body.add(
                set(
                        "server",
                        call(
                                "HTTPServer",
                                tuple(text("127.0.0.1"), member("given", "port")),
                                name("Handler"))));
        body.add(
                new Try(
                        List.of(new Do(call(member("server", "serve_forever")))),
                        name("KeyboardInterrupt"),
                        name("error"),
                        List.of(new Do(call(member("server", "server_close"))))));
        return new Function(
                name("main"), names("arguments"), "Answer requests until it is stopped.", body);
    }
}
