package dev.soma.kamachiq.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kamachiq.gate.PythonReview.Part;
import dev.soma.kamachiq.spec.SpecReader;
import dev.soma.kamachiq.spec.SpecReading;
import dev.soma.kamachiq.work.Payloads.Plan;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnPlanTests {
    private static final Certificates NOBODY =
            new Certificates() {
                @Override
                public Optional<String> objection(String tenant, String model) {
                    return Optional.of("it has shown nothing");
                }

                @Override
                public void save(String tenant, Payloads.Shown shown) {
                    throw new IllegalStateException();
                }
            };

    private static Deliverable deliverable(String text) {
        return switch (SpecReader.read(text.getBytes(StandardCharsets.UTF_8))) {
            case SpecReading.Read(var spec) -> Deliverable.of(spec);
            case SpecReading.Faulty faulty -> throw new AssertionError(faulty.faults());
        };
    }

    private static Deliverable tasks(String tasks) {
        return deliverable(
                """
                id: own
                title: Some programs
                text: Python 3.
                budget_tokens: 1000
                timeout_minutes: 5
                tasks:
                %s
                """
                        .formatted(tasks.indent(2)));
    }

    private static Plan plan(Deliverable deliverable) {
        return new Planning("", NOBODY, (tenant, works) -> Map.of())
                .plan("acme", deliverable, held -> true);
    }

    @Test
    void theShippedPackagesAreCoveredAndEachHasItsFolder() throws Exception {
        Deliverable packages = deliverable(Files.readString(Path.of("../examples/packages.yaml")));
        assertThat(packages.problem()).isEmpty();
        Plan plan = plan(packages);
        assertThat(plan.gaps()).isEmpty();
        assertThat(plan.tasks()).extracting(PlannedTask::persona).contains("architect", "reviewer");
        assertThat(packages.duty("overview").orElseThrow().outputs())
                .containsExactly("overview.md");
        assertThat(packages.duty("prices").orElseThrow().outputs())
                .containsExactly("prices/prices.py", "prices/README.md");
        assertThat(packages.duty("shares-tests").orElseThrow().outputs())
                .containsExactly("shares/test_shares.py");
        assertThat(packages.duty("acceptance").orElseThrow().looks()).hasSize(2);
        assertThat(packages.made("overview", "overview.md", Optional.empty()).orElseThrow())
                .contains("In `prices/`", "nobody is left to pay");
    }

    @Test
    void aTesterSeesTheDesignAndNotTheProgram() {
        Deliverable own =
                tasks(
                        """
                        - {id: plan, type: design}
                        - {id: sums, type: code, description: A calculator., dependencies: [plan]}
                        - {id: proof, type: test, dependencies: [sums]}
                        """);
        assertThat(
                        own.duty("proof")
                                .orElseThrow()
                                .seen(java.util.Map.of("plan.md", "1", "sums/calculator.py", "2")))
                .containsOnlyKeys("plan.md");
    }

    @Test
    void codeThatNobodyTestsBringsItsTestsAlong() {
        var duty =
                tasks("- {id: sums, type: code, description: A calculator.}")
                        .duty("sums")
                        .orElseThrow();
        assertThat(duty.outputs()).contains("sums/test_calculator.py");
        assertThat(duty.looks().getFirst().parts()).contains(Part.TESTS, Part.DISCRIMINATION);
    }

    @Test
    void whatTheLibraryDoesNotKnowIsNamedAndLeftOutWithWhatNeedsIt() {
        Plan plan =
                plan(
                        tasks(
                                """
                                - {id: sums, type: code, description: A calculator.}
                                - {id: shop, type: code, description: Sell books.}
                                - {id: proof, type: test, dependencies: [shop]}
                                - {id: look, type: review, dependencies: [proof, sums]}
                                """));
        assertThat(plan.tasks()).extracting(PlannedTask::id).containsExactly("sums");
        assertThat(plan.gaps()).anyMatch(gap -> gap.contains("(shop/)"));
        assertThat(plan.gaps())
                .anyMatch(gap -> gap.contains("Sell books") && gap.contains("tasks/1/description"));
    }

    @Test
    void whatIsSaidForAllGoesForEach() {
        Deliverable own =
                deliverable(
                        """
                        id: own
                        title: Some programs
                        text: Python 3.
                        constraints: [Print results with 3 decimals.]
                        budget_tokens: 1000
                        timeout_minutes: 5
                        tasks:
                          - {id: one, type: code, description: A calculator called one1.}
                          - {id: two, type: code, description: A calculator called two2.}
                        """);
        assertThat(own.components())
                .allMatch(component -> component.contract().contains("with 3 decimals"));
        assertThat(plan(own).gaps()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    - {id: a, type: test}                                     | has no code to work on
                    - {id: a, type: design}                                   | has no code to work on
                    - {id: a, type: review}                                   | has no code to work on
                    - {id: a, type: code, dependencies: [b]}                  | no task
                    - {id: a, type: code, dependencies: [a]}                  | a -> a
                    - {id: a, type: code, permissions: ['tools:run']}         | needs the capability
                    """)
    void aPlanThatDoesNotHoldIsRefusedWithItsReason(String tasks, String reason) {
        assertThat(plan(tasks(tasks)).problem()).startsWith("the plan: ").contains(reason);
    }

    @Test
    void aPlanThatIsTooLargeToCarryOutIsRefused() {
        StringBuilder tasks = new StringBuilder();
        for (int i = 0; i <= OwnPlan.MOST_TASKS; i++) {
            tasks.append("- {id: t%d, type: code, description: A calculator.}\n".formatted(i));
        }
        assertThat(plan(tasks(tasks.toString())).problem()).contains("at most 500 tasks");
        assertThat(List.of(plan(tasks("- {id: a, type: code, description: A calculator.}"))))
                .allMatch(plan -> plan.problem().isEmpty());
    }

    /// The promise is thirty seconds for a plan; what it took is printed.
    @Test
    void aPlanOfTheMostTasksIsCoveredAndEveryTaskIsPinned() {
        StringBuilder tasks = new StringBuilder();
        for (int i = 0; i < OwnPlan.MOST_TASKS; i++) {
            tasks.append(
                    "- {id: part%d, type: code, description: A calculator that supports addition. Print results with %d decimals.}\n"
                            .formatted(i, i % 10));
        }
        long began = System.nanoTime();
        Plan plan = plan(tasks(tasks.toString()));
        System.out.printf("%d ms%n", (System.nanoTime() - began) / 1_000_000);
        assertThat(plan.tasks()).hasSize(OwnPlan.MOST_TASKS);
        assertThat(plan.tasks()).allMatch(task -> task.pin().length() == 64);
    }
}
