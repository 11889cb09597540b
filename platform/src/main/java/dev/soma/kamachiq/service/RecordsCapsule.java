package dev.soma.kamachiq.service;

import static dev.soma.kamachiq.python.Python.NONE;
import static dev.soma.kamachiq.python.Python.call;
import static dev.soma.kamachiq.python.Python.is;
import static dev.soma.kamachiq.python.Python.member;
import static dev.soma.kamachiq.python.Python.name;
import static dev.soma.kamachiq.python.Python.names;
import static dev.soma.kamachiq.python.Python.number;
import static dev.soma.kamachiq.python.Python.text;
import static dev.soma.kamachiq.python.Python.tuple;
import static dev.soma.kamachiq.python.Python.when;
import static dev.soma.kamachiq.service.ServiceCapsule.error;
import static dev.soma.kamachiq.service.ServiceCapsule.function;
import static dev.soma.kamachiq.service.ServiceCapsule.set;

import dev.soma.kamachiq.python.Expression;
import dev.soma.kamachiq.python.Expression.Dictionary;
import dev.soma.kamachiq.python.Expression.Index;
import dev.soma.kamachiq.python.Expression.Not;
import dev.soma.kamachiq.python.Expression.Operator;
import dev.soma.kamachiq.python.Statement;
import dev.soma.kamachiq.python.Statement.ClassOf;
import dev.soma.kamachiq.python.Statement.Do;
import dev.soma.kamachiq.python.Statement.For;
import dev.soma.kamachiq.python.Statement.Raise;
import dev.soma.kamachiq.python.Statement.Return;
import dev.soma.kamachiq.python.Statement.Try;
import dev.soma.kamachiq.python.Statement.With;
import java.util.ArrayList;
import java.util.List;

/// Writes how a service reads records and keeps them.
final class RecordsCapsule {
    private static final Expression DATABASE = member("self", "database");
    private static final Expression.Name OPEN = name("database");
    private static final Expression KEY = name("key");
    private static final Expression DUMPED = call(member("json", "dumps"), name("values"));
    private static final Expression AGAIN = call(member("self", "find"), KEY);

    private RecordsCapsule() {}

    static List<Statement> values() {
        return List.of(parsed(), checked(), record(), told());
    }

    private static Statement parsed() {
        return function(
                "parsed",
                names("body"),
                "Read a body as JSON; too deep is as bad as malformed.",
                new Try(
                        List.of(
                                new Try(
                                        List.of(
                                                new Return(
                                                        call(
                                                                member("json", "loads"),
                                                                name("body")))),
                                        name("ValueError"),
                                        name("error"),
                                        List.of(new Raise(error("INVALID"))))),
                        name("RecursionError"),
                        name("error"),
                        List.of(new Raise(error("INVALID")))));
    }

    private static Statement checked() {
        return function(
                "checked",
                names("field", "value"),
                "Return a value that its field takes.",
                set(tuple(name("name"), name("kind"), name("required")), name("field")),
                when(
                        is(
                                is(name("value"), Operator.IS, NONE),
                                Operator.AND,
                                new Not(name("required"))),
                        new Return(NONE)),
                when(
                        is(call("type", name("value")), Operator.IS_NOT, name("kind")),
                        new Raise(error("INVALID"))),
                when(
                        is(
                                is(name("kind"), Operator.IS, name("str")),
                                Operator.AND,
                                is(
                                        is(
                                                call("len", name("value")),
                                                Operator.MORE,
                                                name("MAX_TEXT")),
                                        Operator.OR,
                                        is(
                                                name("required"),
                                                Operator.AND,
                                                new Not(name("value"))))),
                        new Raise(error("INVALID"))),
                when(
                        is(
                                is(name("kind"), Operator.IS, name("int")),
                                Operator.AND,
                                is(call("abs", name("value")), Operator.MORE, name("MAX_INTEGER"))),
                        new Raise(error("INVALID"))),
                new Return(name("value")));
    }

    private static Statement record() {
        return function(
                "record",
                names("body"),
                "Read the values of a record.",
                set("given", call("parsed", name("body"))),
                when(
                        is(call("type", name("given")), Operator.IS_NOT, name("dict")),
                        new Raise(error("INVALID"))),
                set("taken", new Dictionary(List.of())),
                new For(
                        name("field"),
                        name("FIELDS"),
                        List.of(
                                set("name", new Index(name("field"), number(0))),
                                set(
                                        new Index(name("taken"), name("name")),
                                        call(
                                                "checked",
                                                name("field"),
                                                call(member("given", "get"), name("name")))))),
                new For(
                        name("name"),
                        name("given"),
                        List.of(
                                when(
                                        is("name", Operator.NOT_IN, name("taken")),
                                        new Raise(error("INVALID"))))),
                new Return(name("taken")));
    }

    private static Statement told() {
        return function(
                "told",
                names("row"),
                "Return a record as clients see it.",
                set("given", call(member("json", "loads"), new Index(name("row"), number(1)))),
                set(new Index(name("given"), text("id")), new Index(name("row"), number(0))),
                new Return(name("given")));
    }

    private static Expression execute(Expression on, String statement, Expression... values) {
        List<Expression> arguments = new ArrayList<>(List.of(text(statement)));
        if (values.length > 0) {
            arguments.add(tuple(values));
        }
        return call(member(on, "execute"), arguments.toArray(Expression[]::new));
    }

    /// What happens whole or not at all.
    private static Statement transaction(Statement change) {
        return new With(DATABASE, OPEN, List.of(change));
    }

    static Statement store() {
        return new ClassOf(
                name("Store"),
                name("object"),
                "Keeps records, each under a number that never comes again.",
                List.of(open(), everything(), find(), create(), replace(), remove()));
    }

    private static Statement open() {
        return function(
                "__init__",
                names("self", "path"),
                "Open the database.",
                set(DATABASE, call(member("sqlite3", "connect"), name("path"))),
                new Do(call(member(DATABASE, "execute"), name("SCHEMA"))));
    }

    private static Statement everything() {
        return function(
                "everything",
                names("self"),
                "Return all records, oldest first.",
                set("rows", execute(DATABASE, "SELECT id, body FROM records ORDER BY id")),
                new Return(call("list", call("map", name("told"), name("rows")))));
    }

    private static Statement find() {
        return function(
                "find",
                names("self", "key"),
                "Return the record under a number.",
                set("rows", execute(DATABASE, "SELECT id, body FROM records WHERE id = ?", KEY)),
                set("row", call(member("rows", "fetchone"))),
                when(new Not(name("row")), new Raise(error("UNKNOWN"))),
                new Return(call("told", name("row"))));
    }

    private static Statement create() {
        return function(
                "create",
                names("self", "values"),
                "Keep a new record.",
                transaction(
                        set(
                                "done",
                                execute(OPEN, "INSERT INTO records (body) VALUES (?)", DUMPED))),
                new Return(call(member("self", "find"), member("done", "lastrowid"))));
    }

    private static Statement replace() {
        return function(
                "replace",
                names("self", "key", "values"),
                "Keep other values under a number.",
                transaction(
                        new Do(
                                execute(
                                        OPEN,
                                        "UPDATE records SET body = ? WHERE id = ?",
                                        DUMPED,
                                        KEY))),
                new Return(AGAIN));
    }

    private static Statement remove() {
        return function(
                "remove",
                names("self", "key"),
                "Forget the record under a number.",
                new Do(AGAIN),
                transaction(new Do(execute(OPEN, "DELETE FROM records WHERE id = ?", KEY))));
    }
}
