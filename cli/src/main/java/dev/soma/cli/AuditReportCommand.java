package dev.soma.cli;

import dev.soma.devkit.Home;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `soma audit report`.
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        description =
                "Says what was decided in a time: how often, by which rules, under which constitution and policy, and"
                        + " which stretch of which log proves it.")
final class AuditReportCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--from",
            required = true,
            description = "First day, such as 2026-01-01, or a time.")
    private String from = "";

    @Option(
            names = "--to",
            required = true,
            description = "Last day, which is counted too, or a time, which is not.")
    private String to = "";

    @Option(names = "--tenant", description = "Whose decisions (default: the tenant of `up`).")
    private @Nullable String tenant;

    @Option(names = "--json", description = "One JSON document on stdout.")
    private boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Connection connection = Connection.read(Home.find());
        String whose = tenant == null ? connection.tenant() : tenant;
        PlatformClient.Answer answer =
                connection
                        .admin()
                        .get(
                                "/v1/audit/report?tenant=%s&from=%s&to=%s"
                                        .formatted(
                                                URLEncoder.encode(whose, StandardCharsets.UTF_8),
                                                ReportTime.parse(spec.commandLine(), from, 0),
                                                ReportTime.parse(spec.commandLine(), to, 1)));
        if (!answer.ok()) {
            throw new CommandException(answer.json().path("detail").asString(answer.body()));
        }
        if (json) {
            System.out.println(answer.body());
        } else {
            print(answer.json());
        }
        return 0;
    }

    private static void print(JsonNode report) {
        System.out.printf(
                "Decisions of %s from %s to %s (UTC)%n",
                report.path("tenant").asString(),
                report.path("from").asString(),
                report.path("to").asString());
        section(report, "decisions", "by verdict");
        section(report, "actions", "by action");
        section(report, "rules", "by rule that was broken");
        section(report, "constitutions", "by constitution");
        section(report, "policies", "by rule pack");
        section(report, "approvals", "approvals asked for");
        System.out.println("\nproved by");
        for (JsonNode log : report.path("logs")) {
            String origin = log.path("origin").asString();
            System.out.printf(
                    "  %-32s entries %d to %d, %d decisions%n",
                    origin.isEmpty() ? "(not yet in a log's index)" : origin,
                    log.path("first_index").asLong(),
                    log.path("last_index").asLong(),
                    log.path("decisions").asLong());
        }
    }

    private static void section(JsonNode report, String member, String title) {
        System.out.println("\n" + title);
        if (report.path(member).isEmpty()) {
            System.out.println("  none");
        }
        for (JsonNode row : report.path(member)) {
            String name = row.path("name").asString();
            System.out.printf(
                    "  %-32s %,8d%n",
                    name.length() > 32 ? name.substring(0, 31) + "\u2026" : name,
                    row.path("count").asLong());
        }
    }
}
