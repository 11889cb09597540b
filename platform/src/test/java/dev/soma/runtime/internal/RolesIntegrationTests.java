package dev.soma.runtime.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.soma.SomaPlatform;
import dev.soma.devkit.Databases;
import dev.soma.devkit.TestEngines;
import dev.soma.harness.Golden;
import dev.soma.harness.SharedPlatform;
import dev.soma.harness.TestPlatform;
import dev.soma.runtime.PlatformStart;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import io.micrometer.core.instrument.Meter;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.context.ConfigurableApplicationContext;

/// Each role starts alone, and with it the drivers that its row says.
@ExtendWith(SharedPlatform.class)
class RolesIntegrationTests {
    @Test
    void aRoleStartsTheDriversOfItsRow() throws Exception {
        Databases.Database database = Databases.emptyDatabase();
        StringBuilder table = new StringBuilder();
        List<Role> roles = new ArrayList<>(List.of(Role.values()));
        roles.remove(Role.MIGRATE);
        roles.addFirst(Role.MIGRATE);
        for (Role role : roles) {
            String name = role.name().toLowerCase(Locale.ROOT);
            Path folder = TestEngines.folder("role-" + name);
            Map<String, String> settings = new HashMap<>(SharedPlatform.platform().settings());
            settings.put("soma.roles", name);
            settings.put("soma.node.id", "role-" + name);
            settings.put("soma.node.directory", folder.resolve("node").toString());
            settings.put("soma.run.directory", folder.resolve("run").toString());
            settings.put("soma.postgres.url", database.jdbcUrl());
            try (ConfigurableApplicationContext context =
                    PlatformStart.start(SomaPlatform.class, settings)) {
                table.append(name).append(": ").append(drivers(context)).append('\n');
            }
        }
        Golden.check("roles.txt", table.toString());
    }

    private static String drivers(ConfigurableApplicationContext context) {
        TreeSet<String> drivers = new TreeSet<>();
        for (String bean : context.getBeanDefinitionNames()) {
            if (context.getBeanFactory().findAnnotationOnBean(bean, RunsIn.class) != null) {
                drivers.add(bean.substring(bean.lastIndexOf('.') + 1));
            }
        }
        return String.join(" ", drivers);
    }

    @Test
    void namesOfMetersAreAPromise() throws Exception {
        TestPlatform platform = SharedPlatform.platform();
        String key = platform.tenant("meters");
        TestPlatform.ok(
                platform.post(
                        "/v1/chat/completions",
                        key,
                        "{\"model\":\"scripted/scripted\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"));
        // A turn is counted after its caller has the answer.
        await().atMost(Duration.ofSeconds(5))
                .until(() -> meters(platform).toString().contains("orchestrator_requests_total"));
        Golden.check("meters.txt", String.join("\n", meters(platform)) + "\n");
        assertThat(platform.get("/metrics", "").body()).contains("policy_decision_total{");
    }

    private static Set<String> meters(TestPlatform platform) {
        TreeSet<String> names = new TreeSet<>();
        for (Meter meter : platform.bean(PrometheusMeterRegistry.class).getMeters()) {
            String name = meter.getId().getName();
            if (!name.startsWith("jvm")
                    && !name.startsWith("tomcat")
                    && !name.startsWith("hikaricp")) {
                TreeSet<String> labels = new TreeSet<>();
                meter.getId().getTags().forEach(tag -> labels.add(tag.getKey()));
                names.add(name + " " + labels);
            }
        }
        return names;
    }
}
