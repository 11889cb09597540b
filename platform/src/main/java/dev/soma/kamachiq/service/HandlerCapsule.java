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
import dev.soma.kamachiq.python.Expression.Brackets;
import dev.soma.kamachiq.python.Expression.Constant;
import dev.soma.kamachiq.python.Expression.Dictionary;
import dev.soma.kamachiq.python.Expression.Entry;
import dev.soma.kamachiq.python.Expression.Index;
import dev.soma.kamachiq.python.Expression.Items;
import dev.soma.kamachiq.python.Expression.Named;
import dev.soma.kamachiq.python.Expression.NamedCall;
import dev.soma.kamachiq.python.Expression.Not;
import dev.soma.kamachiq.python.Expression.Operator;
import dev.soma.kamachiq.python.Expression.Slice;
import dev.soma.kamachiq.python.Expression.Spread;
import dev.soma.kamachiq.python.Statement;
import dev.soma.kamachiq.python.Statement.ClassOf;
import dev.soma.kamachiq.python.Statement.Do;
import dev.soma.kamachiq.python.Statement.Function;
import dev.soma.kamachiq.python.Statement.Raise;
import dev.soma.kamachiq.python.Statement.Return;
import dev.soma.kamachiq.python.Statement.Try;
import dev.soma.kamachiq.service.Service.Verb;
import java.util.ArrayList;
import java.util.List;

/// Writes how a service answers requests.
final class HandlerCapsule {
    private static final Expression BODY = member("self", "given");

    private final Service service;

    private HandlerCapsule(Service service) {
        this.service = service;
    }

    static List<Statement> of(Service service) {
        return List.of(exchange(), new HandlerCapsule(service).handler());
    }

    /// How bodies are read and answers are sent, whatever they are about.
    private static Statement exchange() {
        return new ClassOf(
                name("Exchange"),
                name("BaseHTTPRequestHandler"),
                "One request, its body and its answer.",
                List.of(set("timeout", number(10)), set("given", NONE), answer(), body(), reply()));
    }

    private static Statement answer() {
        return function(
                "answer",
                names("self"),
                "Do what is asked, or say why not. A body is always read.",
                new Try(
                        List.of(
                                set(BODY, call(member("self", "body"))),
                                new Do(
                                        call(
                                                member("self", "reply"),
                                                new Spread(call(member("self", "route")))))),
                        name("RequestError"),
                        name("error"),
                        List.of(
                                set(tuple(name("status"), name("said")), member("error", "args")),
                                new Do(
                                        call(
                                                member("self", "reply"),
                                                name("status"),
                                                new Dictionary(
                                                        List.of(
                                                                new Entry(
                                                                        text("error"),
                                                                        name("said")))))))));
    }

    private Statement handler() {
        List<Statement> body = new ArrayList<>();
        body.add(set("store", NONE));
        for (String method : List.of("GET", "POST", "PUT", "DELETE")) {
            body.add(
                    function(
                            "do_" + method,
                            names("self"),
                            "Answer %s.".formatted(method),
                            new Do(call(member("self", "answer")))));
        }
        body.add(route());
        body.add(ofAll());
        body.add(ofOne());
        return new ClassOf(
                name("Handler"), name("Exchange"), "Answers the requests of clients.", body);
    }

    private Statement route() {
        Expression parts = name("parts");
        return function(
                "route",
                names("self"),
                "Find out what a path is about.",
                set(
                        "path",
                        new Index(
                                call(member(member("self", "path"), "split"), text("?"), number(1)),
                                number(0))),
                set("parts", call(member("path", "split"), text("/"))),
                when(
                        is(
                                new Slice(parts, NONE, number(2)),
                                Operator.UNEQUAL,
                                new Items(
                                        List.of(text(""), text(service.plural())), Brackets.LIST)),
                        new Raise(error(404, "not found"))),
                when(
                        is(call("len", parts), Operator.EQUAL, number(2)),
                        new Return(call(member("self", "of_all")))),
                when(
                        is(call("len", parts), Operator.EQUAL, number(3)),
                        new Return(call(member("self", "of_one"), new Index(parts, number(2))))),
                new Raise(error(404, "not found")));
    }

    private Expression asked(Verb verb) {
        return is(member("self", "command"), Operator.EQUAL, text(verb.method()));
    }

    private Expression store(String method, Expression... arguments) {
        return call(member(member("self", "store"), method), arguments);
    }

    private Statement ofAll() {
        List<Statement> body = new ArrayList<>();
        if (service.verbs().contains(Verb.LIST)) {
            body.add(when(asked(Verb.LIST), new Return(tuple(number(200), store("everything")))));
        }
        if (service.verbs().contains(Verb.CREATE)) {
            body.add(
                    when(
                            asked(Verb.CREATE),
                            new Return(tuple(number(201), store("create", call("record", BODY))))));
        }
        body.add(new Raise(error(405, "method not allowed")));
        return new Function(name("of_all"), names("self"), "Answer for all records.", body);
    }

    private Statement ofOne() {
        List<Verb> offered =
                List.of(Verb.READ, Verb.REPLACE, Verb.DELETE).stream()
                        .filter(service.verbs()::contains)
                        .toList();
        List<Statement> body = new ArrayList<>();
        body.add(
                when(
                        is(
                                member("self", "command"),
                                Operator.NOT_IN,
                                new Items(
                                        offered.stream().map(verb -> text(verb.method())).toList(),
                                        Brackets.LIST)),
                        new Raise(error(405, "method not allowed"))));
        body.add(
                when(
                        is(
                                new Not(call(member("key", "isdecimal"))),
                                Operator.OR,
                                is(call("len", name("key")), Operator.MORE, number(15))),
                        new Raise(error("UNKNOWN"))));
        body.add(set("found", store("find", call("int", name("key")))));
        Expression id = new Index(name("found"), text("id"));
        if (offered.contains(Verb.REPLACE)) {
            body.add(
                    when(
                            asked(Verb.REPLACE),
                            new Return(
                                    tuple(
                                            number(200),
                                            store("replace", id, call("record", BODY))))));
        }
        if (offered.contains(Verb.DELETE)) {
            body.add(
                    when(
                            asked(Verb.DELETE),
                            new Do(store("remove", id)),
                            new Return(tuple(number(204), NONE))));
        }
        body.add(new Return(tuple(number(200), name("found"))));
        return new Function(name("of_one"), names("self", "key"), "Answer for one record.", body);
    }

    private static Statement body() {
        Expression length = name("length");
        return function(
                "body",
                names("self"),
                "Read the body of a request, if it is not too large.",
                set(
                        "length",
                        call(
                                member(member("self", "headers"), "get"),
                                text("Content-Length"),
                                text("0"))),
                when(
                        is(
                                is(
                                        new Not(call(member("length", "isdecimal"))),
                                        Operator.OR,
                                        is(call("len", length), Operator.MORE, number(9))),
                                Operator.OR,
                                is(call("int", length), Operator.MORE, name("MAX_BODY"))),
                        new Raise(error(413, "too large"))),
                new Return(call(member(member("self", "rfile"), "read"), call("int", length))));
    }

    private static Statement reply() {
        Expression dumped =
                new NamedCall(
                        member("json", "dumps"),
                        List.of(name("document")),
                        List.of(new Named(name("sort_keys"), new Constant("True"))));
        return function(
                "reply",
                names("self", "status", "document"),
                "Send an answer.",
                set("said", text("")),
                when(
                        is(name("document"), Operator.IS_NOT, NONE),
                        set("said", is(dumped, Operator.PLUS, text("\n")))),
                set("body", call(member("said", "encode"))),
                new Do(call(member("self", "send_response"), name("status"))),
                when(
                        name("body"),
                        new Do(
                                call(
                                        member("self", "send_header"),
                                        text("Content-Type"),
                                        text("application/json"))),
                        new Do(
                                call(
                                        member("self", "send_header"),
                                        text("Content-Length"),
                                        call("str", call("len", name("body")))))),
                new Do(call(member("self", "end_headers"))),
                new Do(call(member(member("self", "wfile"), "write"), name("body"))));
    }
}
