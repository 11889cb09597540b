package dev.soma.kamachiq.work;

import static dev.soma.kamachiq.work.ProjectWorld.result;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import dev.soma.kamachiq.work.Payloads.ProjectResult;
import dev.soma.kernel.json.StrictJson;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Projects of both families at once, each a different one: twenty in a full run, eight otherwise.
class ManyProjectsIntegrationTests {
    private static final int PROJECTS =
            System.getProperty("soma.tests", "").equals("full") ? 20 : 8;
    private static final List<String> OPERATIONS =
            List.of("addition", "subtraction", "multiplication", "division", "modulo");

    private static String calculator(int number) {
        return "It supports %s and power. Print results with %d decimals. The program is called calc%d."
                .formatted(OPERATIONS.get(number % OPERATIONS.size()), number % 7, number);
    }

    /// Where the work went after each review.
    private static List<String> reviews(ProjectWorld world, ProjectResult result) throws Exception {
        return StrictJson.parseObject(world.content().get(result.report()).orElseThrow())
                .objects("record")
                .stream()
                .filter(entry -> entry.text("kind").orElse("").equals("REVIEW"))
                .flatMap(entry -> entry.text("route").stream())
                .toList();
    }

    private static double cpuSeconds() {
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return system.getProcessCpuTime() / 1e9;
    }

    @Test
    void projectsAtOnceEndCorrectly() throws Exception {
        try (ProjectWorld world = new ProjectWorld(61_900)) {
            String service = Files.readString(Path.of("../examples/notes.yaml"));
            double cpu = cpuSeconds();
            long began = System.nanoTime();
            List<ProjectWorkflow> running = new ArrayList<>();
            for (int i = 0; i < PROJECTS; i++) {
                running.add(i % 5 == 4 ? world.start(service) : world.submit(calculator(i), ""));
            }
            TreeSet<String> programs = new TreeSet<>();
            TreeMap<String, Integer> routes = new TreeMap<>();
            for (ProjectWorkflow project : running) {
                ProjectResult result = result(project, Duration.ofMinutes(8));
                assertThat(result.verdict()).as("%s", result.reasons()).isEqualTo("SUCCEEDED");
                assertThat(result.files()).hasSize(3);
                programs.addAll(result.files().keySet());
                reviews(world, result).forEach(route -> routes.merge(route, 1, Integer::sum));
            }
            double seconds = (System.nanoTime() - began) / 1e9;
            assertThat(programs).hasSize((PROJECTS - PROJECTS / 5) * 2 + 2 + 1);
            System.out.printf(
                    Locale.ROOT,
                    "%d projects in %.1f s, %d activities, %.3f s CPU of this process each%n",
                    PROJECTS,
                    seconds,
                    world.activities(),
                    (cpuSeconds() - cpu) / world.activities());
            double approved = routes.getOrDefault("approved", 0);
            int decided = routes.values().stream().mapToInt(Integer::intValue).sum();
            System.out.printf(
                    Locale.ROOT,
                    "%d reviews: %s; the longest took %d ms%n",
                    decided,
                    routes,
                    world.longest("evaluate_quality").toMillis());
            assertThat(approved / decided).as("reviews that approve").isGreaterThan(0.7);
            assertThat(world.longest("evaluate_quality")).isLessThan(Duration.ofMinutes(2));
            world.replayAll();
        }
    }
}
