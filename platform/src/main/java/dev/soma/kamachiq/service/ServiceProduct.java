package dev.soma.kamachiq.service;

import dev.soma.kamachiq.gate.Check;
import dev.soma.kamachiq.library.Product;
import dev.soma.kamachiq.python.Printer;
import dev.soma.kamachiq.service.Service.Condition;
import dev.soma.kamachiq.service.Service.Field;
import dev.soma.kamachiq.service.Service.Storage;
import dev.soma.kamachiq.service.Service.Verb;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// A service as the library makes it.
public record ServiceProduct(Service service) implements Product {
    /// Where a check lets a service keep its records: gone with the sandbox.
    private static final String CHECKED_DATABASE = "/tmp/checked.db";

    @Override
    public String capsule() {
        return "py.service@1";
    }

    @Override
    public String program() {
        return service.name() + ".py";
    }

    @Override
    public String tests() {
        return "test_" + service.name() + ".py";
    }

    @Override
    public SortedMap<String, String> files(Optional<String> introduction) {
        SortedMap<String, String> files = new TreeMap<>();
        files.put(program(), Printer.print(ServiceCapsule.program(service)));
        files.put(tests(), Printer.print(TestsCapsule.module(service)));
        files.put(README, contract());
        return files;
    }

    @Override
    public List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        Scenarios.of(service).forEach((criterion, steps) -> checks.add(check(criterion, steps)));
        return checks;
    }

    /// A scenario as a run of the driver.
    Check check(String criterion, List<Step> steps) {
        ServiceOracle oracle = new ServiceOracle(service);
        String expected =
                steps.stream()
                        .flatMap(step -> oracle.after(step).stream())
                        .map(said -> said.line() + "\n")
                        .collect(Collectors.joining());
        List<String> arguments =
                service.storage() == Storage.SQLITE
                        ? List.of("--database", CHECKED_DATABASE)
                        : List.of();
        String plan =
                CanonicalJson.JCS.text(
                        JsonValue.object()
                                .put("arguments", JsonValue.texts(arguments))
                                .put(
                                        "steps",
                                        JsonValue.array(
                                                steps.stream().map(Step::document).toList()))
                                .build());
        return new Check(criterion, List.of(), Driver.SOURCE, plan, expected, "", 0);
    }

    @Override
    public List<String> testNames() {
        return TestsCapsule.testNames(service);
    }

    @Override
    public String contract() {
        return """
                # %1$s

                A service that keeps %2$s, over HTTP. It needs nothing but Python 3.

                ```
                python3 %1$s.py%3$s
                ```

                It listens on the loopback interface only, on port 8080 unless --port says otherwise. %4$s

                ## A %5$s

                | field | type | needed |
                |---|---|---|
                %6$s
                Every %5$s has an `id` besides, a number that never comes again. A field that is not needed may be
                left out or `null`. Texts have up to 1,000 characters; a needed text is not empty.

                ## Requests

                | request | answer |
                |---|---|
                %7$s
                Bodies are JSON. Other paths are answered with 404 and other methods with 405, bodies of more
                than 65,536 bytes with 413, each with `{"error": text}`.

                ## Tests

                ```
                python3 -m unittest test_%1$s
                ```
                """
                .formatted(
                        service.name(),
                        service.plural(),
                        service.storage() == Storage.SQLITE ? " --database FILE" : "",
                        service.storage() == Storage.SQLITE
                                ? "Records are kept in a file of SQLite."
                                : "Records are kept in memory and go when it ends.",
                        service.singular(),
                        service.fields().stream().map(ServiceProduct::row).collect(lines()),
                        service.verbs().stream().map(this::row).collect(lines())
                                + service.failures().keySet().stream()
                                        .map(this::row)
                                        .collect(lines()));
    }

    private static java.util.stream.Collector<CharSequence, ?, String> lines() {
        return Collectors.joining();
    }

    private static String row(Field field) {
        return "| %s | %s | %s |\n"
                .formatted(
                        field.name(),
                        field.type().name().toLowerCase(Locale.ROOT),
                        field.required() ? "yes" : "no");
    }

    private String row(Verb verb) {
        String path = "/" + service.plural() + (verb.isOfAll() ? "" : "/ID");
        return "| `%s %s` | %s |\n"
                .formatted(
                        verb.method(),
                        path,
                        Map.of(
                                        Verb.CREATE, "201 and the new record",
                                        Verb.LIST, "200 and all of them, oldest first",
                                        Verb.READ, "200 and the record",
                                        Verb.REPLACE, "200 and the record with its new values",
                                        Verb.DELETE, "204")
                                .get(verb));
    }

    private String row(Condition condition) {
        var answer = service.answer(condition);
        return "| %s | %d and `{\"error\": \"%s\"}` |\n"
                .formatted(
                        condition.words(),
                        answer.status(),
                        answer.text().replace("|", "\\|").replace("`", "'"));
    }

    /// Nothing about a service is left to words.
    @Override
    public Optional<String> question() {
        return Optional.empty();
    }

    @Override
    public Words check(String said) {
        return Words.refused("nobody asked");
    }
}
