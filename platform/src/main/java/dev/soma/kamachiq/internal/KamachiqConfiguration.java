package dev.soma.kamachiq.internal;

import dev.soma.audit.AuditLog;
import dev.soma.conversation.Turns;
import dev.soma.events.Outbox;
import dev.soma.identity.Identities;
import dev.soma.kamachiq.sandbox.BubblewrapSandbox;
import dev.soma.kamachiq.sandbox.Sandbox;
import dev.soma.kamachiq.work.Certificates;
import dev.soma.kamachiq.work.ContentStore;
import dev.soma.kamachiq.work.Costs;
import dev.soma.kamachiq.work.GovernedActivities;
import dev.soma.kamachiq.work.LibraryActivities;
import dev.soma.kamachiq.work.Planning;
import dev.soma.kamachiq.work.Shares;
import dev.soma.kamachiq.work.WorkflowBuild;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.Identifiers;
import dev.soma.metering.ProjectBudgets;
import dev.soma.policy.Approvals;
import dev.soma.policy.PolicyEngine;
import dev.soma.runtime.NodeSettings;
import dev.soma.runtime.Readiness;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/// Wires the module.
@Configuration(proxyBeanMethods = false)
class KamachiqConfiguration {
    @Bean(destroyMethod = "close")
    @RunsIn({Role.API, Role.WORKER, Role.GATEWAY})
    TemporalConnection temporalConnection(KamachiqSettings settings) {
        return new TemporalConnection(settings);
    }

    /// Nodes that only run turns are of use without it.
    @Bean
    @RunsIn({Role.API, Role.WORKER})
    Readiness temporalReadiness(TemporalConnection temporal) {
        return new Readiness() {
            @Override
            public String name() {
                return "temporal";
            }

            @Override
            public Optional<String> problem() {
                return temporal.problem();
            }
        };
    }

    @Bean
    @RunsIn({Role.API, Role.WORKER, Role.GATEWAY})
    ContentStore contentStore(NodeSettings node) {
        return new ContentStore(node.directory().resolve("content"));
    }

    @Bean
    @RunsIn(Role.API)
    Projects projects(
            TemporalConnection temporal,
            ContentStore content,
            ProjectRegister register,
            KamachiqSettings settings) {
        return new Projects(
                temporal,
                content,
                register,
                Shares.parse(settings.shares()),
                WorkflowBuild.id(settings.build()));
    }

    @Bean
    @RunsIn(Role.API)
    ProjectDesk projectDesk(
            Projects projects, ProjectBudgets budgets, Authorizations authorizations) {
        return new ProjectDesk(projects, budgets, authorizations);
    }

    @Bean
    @RunsIn(Role.API)
    Adoption adoption(Projects projects, TemporalConnection temporal, KamachiqSettings settings) {
        return new Adoption(
                projects,
                temporal,
                WorkflowBuild.version(settings.build()),
                Duration.ofSeconds(settings.adoptAfterSeconds()));
    }

    @Bean
    @RunsIn({Role.API, Role.WORKER})
    Planning planning(KamachiqSettings settings, Certificates certificates, Costs costs) {
        return new Planning(settings.model(), certificates, costs);
    }

    @Bean
    @RunsIn(Role.API)
    McpTools mcpTools(ProjectRoutes projects, SteeringRoutes steering, ReachRoutes reach) {
        return new McpTools(projects, steering, reach);
    }

    @Bean
    @RunsIn(Role.API)
    ToolJudge toolJudge(PolicyEngine policy) {
        return new ToolJudge(policy);
    }

    @Bean
    @RunsIn(Role.WORKER)
    Sandbox sandbox(KamachiqSettings settings, NodeSettings node) throws IOException {
        return new BubblewrapSandbox(
                Path.of(settings.bubblewrap()),
                node.directory().resolve("sandbox"),
                settings.firstUser(),
                settings.users());
    }

    @Bean
    @RunsIn(Role.WORKER)
    LibraryActivities libraryActivities(
            ContentStore content,
            Sandbox sandbox,
            Certificates certificates,
            Planning planning,
            ProjectRegister register,
            KamachiqSettings settings)
            throws IOException {
        Path workspaces = Path.of(settings.workspaces());
        if (!settings.temporal().isBlank()) {
            Files.createDirectories(workspaces);
            Files.setPosixFilePermissions(workspaces, PosixFilePermissions.fromString("rwx--x--x"));
        }
        return new LibraryActivities(
                content, sandbox, workspaces, certificates, planning, register);
    }

    @Bean
    @RunsIn({Role.API, Role.WORKER})
    ProjectMetrics projectMetrics(MeterRegistry meters) {
        return new ProjectMetrics(meters);
    }

    @Bean
    @RunsIn({Role.API, Role.WORKER})
    ProjectRegister projectRegister(
            JdbcClient jdbc,
            TransactionTemplate transactions,
            Outbox outbox,
            Identifiers identifiers,
            ProjectBudgets budgets,
            ProjectMetrics metrics,
            AuditLog audit) {
        return new ProjectRegister(
                jdbc, transactions, outbox, identifiers, budgets, metrics, audit);
    }

    @Bean
    @RunsIn({Role.API, Role.WORKER})
    PostgresCosts costs(JdbcClient jdbc) {
        return new PostgresCosts(jdbc);
    }

    @Bean
    @RunsIn({Role.API, Role.WORKER})
    PostgresCertificates certificates(JdbcClient jdbc) {
        return new PostgresCertificates(jdbc);
    }

    @Bean
    @RunsIn(Role.GATEWAY)
    GovernedWork.Marks marks(Identifiers identifiers, InstantSource clock) {
        return new GovernedWork.Marks(identifiers, clock);
    }

    @Bean
    @RunsIn(Role.GATEWAY)
    Judge judge(PolicyEngine policy, Approvals approvals, ProjectBudgets budgets) {
        return new Judge(policy, approvals, budgets);
    }

    @Bean
    @RunsIn(Role.GATEWAY)
    GovernedWork governedWork(
            Judge judge,
            ProjectBudgets budgets,
            Turns turns,
            Identities identities,
            ContentStore content,
            Vertx vertx,
            GovernedWork.Marks marks) {
        return new GovernedWork(judge, budgets, turns, identities, content, vertx, marks);
    }

    @Bean
    @RunsIn({Role.WORKER, Role.GATEWAY})
    ProjectWorkers projectWorkers(
            TemporalConnection temporal,
            Optional<LibraryActivities> library,
            Optional<GovernedActivities> governed,
            KamachiqSettings settings) {
        return new ProjectWorkers(
                temporal,
                library,
                governed,
                settings.users(),
                WorkflowBuild.version(settings.build()));
    }
}
