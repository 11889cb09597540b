package dev.soma.kamachiq.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kamachiq.gate.Check;
import dev.soma.kamachiq.gate.PythonReview;
import dev.soma.kamachiq.python.Mutants;
import dev.soma.kamachiq.python.Printer;
import dev.soma.kamachiq.python.Statement.Module;
import dev.soma.kamachiq.service.Service.Answer;
import dev.soma.kamachiq.service.Service.Condition;
import dev.soma.kamachiq.service.Service.Field;
import dev.soma.kamachiq.service.Service.Storage;
import dev.soma.kamachiq.service.Service.Verb;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The written program on the real interpreter, asked over real HTTP.
class ServiceCapsuleTests {
    private static final List<Field> FIELDS =
            List.of(
                    new Field("title", Service.Type.TEXT, true),
                    new Field("body", Service.Type.TEXT, false),
                    new Field("pages", Service.Type.INTEGER, true),
                    new Field("rating", Service.Type.INTEGER, false),
                    new Field("done", Service.Type.BOOLEAN, false));
    private static final Map<Condition, Answer> OTHERS =
            Map.of(
                    Condition.UNKNOWN, new Answer(410, "no \"such\" note"),
                    Condition.INVALID, new Answer(400, "not a n\u00f6te"));

    @TempDir private Path folder;

    private static Service service(Set<Verb> verbs, Storage storage, List<Field> fields) {
        return new Service(
                "notes", "note", "notes", fields, verbs, storage, Service.usualFailures());
    }

    private static List<Service> services() {
        return List.of(
                service(EnumSet.allOf(Verb.class), Storage.MEMORY, FIELDS),
                service(EnumSet.allOf(Verb.class), Storage.SQLITE, FIELDS.subList(0, 1)),
                service(EnumSet.of(Verb.CREATE, Verb.LIST), Storage.MEMORY, FIELDS.subList(1, 2)),
                service(EnumSet.of(Verb.READ, Verb.CREATE), Storage.SQLITE, FIELDS.subList(2, 5)),
                service(EnumSet.of(Verb.LIST), Storage.MEMORY, FIELDS.subList(0, 2)),
                new Service(
                        "b".repeat(31),
                        "n".repeat(31),
                        "m".repeat(31),
                        FIELDS,
                        EnumSet.allOf(Verb.class),
                        Storage.SQLITE,
                        OTHERS));
    }

    private String run(String input, String... command) throws IOException, InterruptedException {
        Path log = folder.resolve("log");
        Process process =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectError(log.toFile())
                        .start();
        try (var in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return output + Files.readString(log);
    }

    private String answers(Path program, Check check) throws IOException, InterruptedException {
        Files.deleteIfExists(Path.of("/tmp/checked.db"));
        return run(
                check.input(),
                PythonReview.PYTHON,
                "-I",
                "-B",
                "-c",
                check.driver(),
                program.toString());
    }

    private Path write(Module program) throws IOException {
        return Files.writeString(folder.resolve("notes.py"), Printer.print(program));
    }

    @ParameterizedTest
    @MethodSource("services")
    void theProgramAnswersAsTheOracleDoes(Service service) throws Exception {
        Path program = write(ServiceCapsule.program(service));
        for (Check check : new ServiceProduct(service).checks()) {
            assertThat(answers(program, check)).as(check.criterion()).isEqualTo(check.output());
        }
    }

    @ParameterizedTest
    @MethodSource("services")
    void theTestsThatComeAlongPassAndAreThoseThatWereNamed(Service service) throws Exception {
        ServiceProduct product = new ServiceProduct(service);
        for (var file : product.files(Optional.empty()).entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }
        String said =
                run(
                        "",
                        PythonReview.PYTHON,
                        "-I",
                        "-B",
                        "-m",
                        "unittest",
                        "discover",
                        "-v",
                        "-s",
                        folder.toString());
        assertThat(said).endsWith("OK\n");
        assertThat(product.testNames())
                .isNotEmpty()
                .allSatisfy(test -> assertThat(said).contains(test + " ("));
    }

    @ParameterizedTest
    @MethodSource("services")
    void theProgramHasShortLines(Service service) {
        assertThat(Printer.print(ServiceCapsule.program(service)).lines())
                .allMatch(line -> line.length() <= 100);
    }

    /// Everything that is asked, of one start, so that a fault costs one start to find.
    private static List<Step> everything(Service service) {
        List<Step> steps = new ArrayList<>();
        Scenarios.of(service).values().forEach(steps::addAll);
        steps.removeIf(Step.Restart.class::isInstance);
        return steps;
    }

    @Test
    void theQuestionsFindFaults() throws Exception {
        Service service = services().getFirst();
        Check check = new ServiceProduct(service).check("everything", everything(service));
        assertThat(answers(write(ServiceCapsule.program(service)), check))
                .isEqualTo(check.output());
        List<String> missed = new ArrayList<>();
        List<Module> mutants = Mutants.of(ServiceCapsule.program(service));
        for (Module mutant : mutants) {
            if (answers(write(mutant), check).equals(check.output())) {
                missed.add(Printer.print(mutant));
            }
        }
        System.out.printf("%d of %d mutants are missed%n", missed.size(), mutants.size());
        assertThat(missed.size() * 20)
                .as(String.join("\n----\n", missed))
                .isLessThanOrEqualTo(mutants.size());
    }
}
