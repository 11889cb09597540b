package dev.soma;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.soma.kernel.Permit;
import dev.soma.runtime.RunsIn;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.modulith.core.ApplicationModules;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.ControllerAdvice;

/// The rules of the house that a machine can check.
class ArchitectureTests {
    private static final String[] OTHER_ARTIFACTS = {
        "dev.soma.devkit..",
        "dev.soma.verifier..",
        "dev.soma.bench..",
        "dev.soma.slm..",
        "dev.soma.cli..",
        "dev.soma.harness.."
    };
    private static final JavaClasses PRODUCT =
            new ClassFileImporter().importPath(Path.of("target/classes"));
    private static final JavaClasses TESTS =
            new ClassFileImporter().importPath(Path.of("target/test-classes"));

    @Test
    void modulesUseOnlyWhatTheyDeclare() {
        ApplicationModules.of(SomaPlatform.class, resideInAnyPackage(OTHER_ARTIFACTS)).verify();
    }

    @Test
    void packagesAreNamedByBusiness() {
        noClasses()
                .should()
                .resideInAnyPackage("..util..", "..common..", "..helper..", "..impl..", "..dto..")
                .check(PRODUCT);
    }

    @Test
    void onlyPolicyMintsPermits() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.soma.policy.internal..", "dev.soma.kernel")
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(Permit.Mint.class)
                .check(PRODUCT);
    }

    @Test
    void onlyTheKernelAsksTheClockAndTheDice() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.soma.kernel..")
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(UUID.class, "randomUUID")
                .orShould()
                .callConstructor(SecureRandom.class)
                .check(PRODUCT);
    }

    /// What a replay would not repeat: clocks, dice, threads, files, connections.
    @Test
    void workflowsDoNothingThatAReplayWouldNotRepeat() {
        noClasses()
                .that()
                .resideInAPackage("dev.soma.kamachiq.plan..")
                .or(
                        describe(
                                "are workflow code",
                                type ->
                                        type.getPackageName().equals("dev.soma.kamachiq.work")
                                                && type.getName()
                                                        .matches(
                                                                ".*\\.(Project|AgentTask|Certify|Execution|Agents|Attempts|Chronicle|Patience|Visibility|Stubs|Savings|Estimates|Payloads)(\\$.*)?")))
                .should()
                .dependOnClassesThat(
                        describe(
                                "are of this machine and this moment",
                                type ->
                                        type.getName()
                                                .matches(
                                                        "java\\.(io\\.File.*|nio\\.file\\..*|nio\\.channels\\..*|net\\..*|sql\\..*|util\\.concurrent\\.locks\\..*|util\\.concurrent\\.Executor.*|util\\.UUID|util\\.Timer|time\\.Clock|time\\.InstantSource|lang\\.Thread.*|lang\\.Process.*|security\\.SecureRandom)")))
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callConstructor(Random.class)
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(Instant.class, "now")
                .check(PRODUCT);
    }

    @Test
    void nothingUsesLombok() {
        noClasses().should().dependOnClassesThat().resideInAPackage("lombok..").check(PRODUCT);
    }

    @Test
    void httpDriversNameTheirRoles() {
        classes()
                .that()
                .areMetaAnnotatedWith(Controller.class)
                .or()
                .areMetaAnnotatedWith(ControllerAdvice.class)
                .should()
                .beAnnotatedWith(RunsIn.class)
                .andShould()
                .bePackagePrivate()
                .andShould()
                .resideInAPackage("..internal..")
                .check(PRODUCT);
    }

    @Test
    void publicRecordsCopyTheCollectionsTheyAreGiven() {
        classes()
                .that()
                .areRecords()
                .and(
                        describe(
                                "are public and hold collections",
                                type ->
                                        type.getModifiers().contains(JavaModifier.PUBLIC)
                                                && !type.getPackageName().contains("internal")
                                                && holdsCollections(type)))
                .should(copyThem())
                .check(PRODUCT);
    }

    private static boolean holdsCollections(JavaClass type) {
        return type.getFields().stream()
                .filter(field -> !field.getModifiers().contains(JavaModifier.STATIC))
                .anyMatch(
                        field ->
                                Set.of(List.class, Set.class, Map.class).stream()
                                        .anyMatch(field.getRawType()::isEquivalentTo));
    }

    private static ArchCondition<JavaClass> copyThem() {
        return new ArchCondition<>("copy them into unmodifiable ones") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean copies =
                        type.getConstructors().stream()
                                .flatMap(made -> made.getMethodCallsFromSelf().stream())
                                .map(call -> call.getTarget().getName())
                                .anyMatch(
                                        name ->
                                                name.equals("copyOf")
                                                        || name.startsWith("unmodifiable"));
                events.add(new SimpleConditionEvent(type, copies, type.getFullName()));
            }
        };
    }

    @Test
    void eventLoopsNeverTalkToTheDatabase() {
        noClasses()
                .that()
                .resideInAPackage("dev.soma.gateway.internal..")
                .or()
                .haveSimpleName("TurnRun")
                .or()
                .haveSimpleName("HttpCall")
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(JdbcClient.class, JdbcOperations.class, DataSource.class)
                .check(PRODUCT);
    }

    @Test
    void testsNeitherMockNorSleep() {
        noClasses().should().dependOnClassesThat().resideInAPackage("org.mockito..").check(TESTS);
        noClasses()
                .should()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callMethod(Thread.class, "sleep", java.time.Duration.class)
                .orShould()
                .callMethod(TimeUnit.class, "sleep", long.class)
                .check(TESTS);
    }
}
