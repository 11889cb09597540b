package dev.soma.kamachiq.internal;

import dev.soma.kamachiq.sandbox.BubblewrapSandbox;
import dev.soma.kamachiq.sandbox.Sandbox;
import dev.soma.kamachiq.work.ContentStore;
import dev.soma.kamachiq.work.LibraryActivities;
import dev.soma.runtime.NodeSettings;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// Wires the module.
@Configuration(proxyBeanMethods = false)
class KamachiqConfiguration {
    @Bean(destroyMethod = "close")
    @RunsIn({Role.API, Role.WORKER})
    TemporalConnection temporalConnection(KamachiqSettings settings) {
        return new TemporalConnection(settings);
    }

    @Bean
    @RunsIn({Role.API, Role.WORKER})
    ContentStore contentStore(NodeSettings node) {
        return new ContentStore(node.directory().resolve("content"));
    }

    @Bean
    @RunsIn(Role.API)
    Projects projects(TemporalConnection temporal, ContentStore content) {
        return new Projects(temporal, content);
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
            ContentStore content, Sandbox sandbox, KamachiqSettings settings) throws IOException {
        Path workspaces = Path.of(settings.workspaces());
        if (!settings.temporal().isBlank()) {
            Files.createDirectories(workspaces);
            Files.setPosixFilePermissions(workspaces, PosixFilePermissions.fromString("rwx--x--x"));
        }
        return new LibraryActivities(content, sandbox, workspaces);
    }

    @Bean
    @RunsIn(Role.WORKER)
    ProjectWorkers projectWorkers(
            TemporalConnection temporal, LibraryActivities activities, KamachiqSettings settings) {
        return new ProjectWorkers(temporal, activities, settings.users());
    }
}
