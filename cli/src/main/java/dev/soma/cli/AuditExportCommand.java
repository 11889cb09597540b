package dev.soma.cli;

import dev.soma.devkit.Home;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `soma audit export`.
@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        description =
                "Writes what an auditor needs of a time into a folder: the report, every decision, its receipt, and a"
                        + " copy of the log. The keys to check it with do not come along: auditors use their own copies.")
final class AuditExportCommand implements Callable<Integer> {
    private static final int PAGE = 200;
    private static final String README =
            """
            What is here
              report.json       counts by verdict, action, rule, constitution and pack, and which
                                stretch of which log proves them
              decisions.jsonl   every decision of the time, one JSON document a line
              receipts/         for each its receipt: verdict, input, rules, inclusion proof,
                                checkpoint. Without an input where it was erased or has expired.
                                turn-DECISION.json says how the turn that followed ended
              log/              a copy of this node's audit log

            How to check it, with the verifier keys from your own copies and never from here
              java -jar verifier.jar --key audit.vkey --witness-key witness.vkey log
              java -jar replay.jar receipts/FILE audit.vkey
            or with ./soma audit verify and ./soma audit receipt.
            """;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "FOLDER", description = "Where it goes; new or empty.")
    private Path folder = Path.of("");

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

    @Option(
            names = "--receipts",
            defaultValue = "10000",
            description = "The most receipts that are fetched (default: ${DEFAULT-VALUE}).")
    private int maxReceipts;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Home home = Home.find();
        Connection connection = Connection.read(home);
        String whose = "tenant=" + encoded(tenant == null ? connection.tenant() : tenant);
        String query =
                "%s&from=%s&to=%s"
                        .formatted(
                                whose,
                                ReportTime.parse(spec.commandLine(), from, 0),
                                ReportTime.parse(spec.commandLine(), to, 1));
        requireEmpty();
        PlatformClient admin = connection.admin();
        PlatformClient.Answer report = admin.get("/v1/audit/report?" + query);
        if (!report.ok()) {
            throw new CommandException(report.json().path("detail").asString(report.body()));
        }
        Files.createDirectories(folder.resolve("receipts"));
        Files.writeString(folder.resolve("README.txt"), README);
        Files.writeString(folder.resolve("report.json"), report.body());
        int[] counts = decisions(admin, query, whose);
        LogCopy.of(AuditCommand.log(home), folder.resolve("log"));
        System.out.printf(
                "exported to %s: %,d decisions, %,d receipts, the log; README.txt says how to check them%n",
                folder, counts[0], counts[1]);
        if (counts[0] > counts[1]) {
            System.out.printf(
                    "without a receipt: %,d, beyond --receipts, in another node's log, or not yet in a log's index%n",
                    counts[0] - counts[1]);
        }
        return 0;
    }

    private void requireEmpty() throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                if (files.findAny().isPresent()) {
                    throw new ParameterException(spec.commandLine(), folder + " is not empty");
                }
            }
        }
        Files.createDirectories(folder);
    }

    /// @return how many decisions there were, and for how many there was a receipt
    private int[] decisions(PlatformClient admin, String query, String whose)
            throws IOException, InterruptedException {
        int[] counts = new int[2];
        String cursor = "";
        try (BufferedWriter lines = Files.newBufferedWriter(folder.resolve("decisions.jsonl"))) {
            do {
                JsonNode page =
                        PlatformClient.require(
                                        "reading the decisions",
                                        admin.get(
                                                "/v1/decisions?%s&limit=%d%s"
                                                        .formatted(query, PAGE, cursor)))
                                .json();
                for (JsonNode decision : page.path("items")) {
                    lines.write(decision.toString());
                    lines.newLine();
                    counts[0]++;
                    counts[1] += counts[1] < maxReceipts && receipt(admin, decision, whose) ? 1 : 0;
                }
                String next = page.path("next").asString("");
                cursor = next.isEmpty() ? "" : "&cursor=" + encoded(next);
            } while (!cursor.isEmpty());
        }
        return counts;
    }

    private boolean receipt(PlatformClient admin, JsonNode decision, String whose)
            throws IOException, InterruptedException {
        String origin = decision.path("log_origin").asString("");
        if (origin.isEmpty()) {
            return false;
        }
        long index = decision.path("log_index").asLong();
        PlatformClient.Answer answer =
                admin.get("/v1/receipts/%s/%d?%s".formatted(origin, index, whose));
        if (!answer.ok()) {
            return false;
        }
        String name = "%s-%d.json".formatted(origin.replaceAll("[^a-z0-9-]", "_"), index);
        Files.writeString(folder.resolve("receipts").resolve(name), answer.body());
        turn(admin, decision.path("decision_id").asString(""), whose);
        return true;
    }

    /// A decision that no turn followed has none.
    private void turn(PlatformClient admin, String decision, String whose)
            throws IOException, InterruptedException {
        PlatformClient.Answer answer =
                admin.get("/v1/decisions/%s/turn-receipt?%s".formatted(encoded(decision), whose));
        if (answer.ok()) {
            String name = "turn-%s.json".formatted(decision.replaceAll("[^a-z0-9-]", "_"));
            Files.writeString(folder.resolve("receipts").resolve(name), answer.body());
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
