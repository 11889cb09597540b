package dev.soma.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `bench rules`: the same rules and the same questions to the platform and to an Open Policy
/// Agent, one after the other, over HTTP. The platform's answers are recorded durably before they
/// are given, the other's are not.
@Command(
        name = "rules",
        mixinStandardHelpOptions = true,
        description =
                "Asks the running platform about a pack of generated rules, and beside it an Open Policy Agent with the"
                        + " same rules. Exit 1 when the two disagree.")
final class RulesCommand implements Callable<Integer> {
    private static final int WARM_UP = 1_000;

    @Option(
            names = "--connection",
            description = "connection.json of the running platform (that of SOMA_HOME)")
    private Path connection =
            Path.of(System.getenv().getOrDefault("SOMA_HOME", ".soma"), "run/connection.json");

    @Option(names = "--opa", description = "binary of an Open Policy Agent, 1.0 or newer")
    private @Nullable Path opa;

    @Option(names = "--rules", description = "how many, 1 to 5000 (${DEFAULT-VALUE})")
    private int rules = 100;

    @Option(names = "--questions", description = "how many, 1 to 100000 (${DEFAULT-VALUE})")
    private int questions = 3_000;

    @Option(names = "--seed", description = "of rules and questions (${DEFAULT-VALUE})")
    private long seed = 20261126;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /// @param broken the names of the rules that each question broke
    private record Lane(Quantiles latency, double cpuMicros, List<Set<String>> broken) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (rules < 1 || rules > 5_000 || questions < 1 || questions > 100_000) {
            System.err.println("--rules is 1 to 5000, --questions 1 to 100000");
            return 2;
        }
        if (opa != null && !Files.isExecutable(opa)) {
            System.err.printf("--opa: %s is not a program that can be run%n", opa);
            return 2;
        }
        ConnectionFile running = ConnectionFile.read(connection);
        String refusal = Target.refusal(running.gateway());
        if (refusal != null || running.adminToken() == null || running.platformPid() == null) {
            System.err.println(
                    refusal != null ? refusal : "connection.json names no administrator or pid");
            return 2;
        }
        RuleCorpus corpus = new RuleCorpus(rules, questions, seed);
        String key =
                new BenchTenant(running.gateway(), running.adminToken()).withRules(corpus.pack());
        Lane ours =
                ask(
                        running.gateway().resolve("/v1/evaluate"),
                        key,
                        running.platformPid(),
                        corpus,
                        RuleCorpus.Question::toEvaluate,
                        RulesCommand::violations);
        System.out.printf("%d rules, %d questions in a row, over HTTP%n", rules, questions);
        print("platform, recorded", ours);
        return opa == null ? 0 : compare(opa, corpus, ours);
    }

    private int compare(Path binary, RuleCorpus corpus, Lane ours)
            throws IOException, InterruptedException {
        try (OpaServer server = OpaServer.start(binary, corpus.rego(), http)) {
            Lane theirs =
                    ask(
                            server.questions(),
                            "",
                            server.pid(),
                            corpus,
                            RuleCorpus.Question::toOpa,
                            RulesCommand::denials);
            print("Open Policy Agent", theirs);
            int differing = 0;
            for (int i = 0; i < ours.broken().size(); i++) {
                differing += ours.broken().get(i).equals(theirs.broken().get(i)) ? 0 : 1;
            }
            System.out.printf(
                    "%d questions broke rules; the two disagree on %d%n",
                    ours.broken().stream().filter(broken -> !broken.isEmpty()).count(), differing);
            return differing == 0 ? 0 : 1;
        }
    }

    private Lane ask(
            URI address,
            String key,
            long pid,
            RuleCorpus corpus,
            Function<RuleCorpus.Question, String> body,
            Function<JsonNode, Set<String>> broken)
            throws IOException, InterruptedException {
        List<RuleCorpus.Question> all = corpus.questions();
        for (int i = 0; i < WARM_UP; i++) {
            send(address, key, body.apply(all.get(i % all.size())));
        }
        List<Set<String>> found = new ArrayList<>();
        Histogram nanos = Quantiles.histogram();
        ProcessCpu cpu = ProcessCpu.of(pid);
        Long before = cpu.micros();
        for (RuleCorpus.Question question : all) {
            String sent = body.apply(question);
            long start = System.nanoTime();
            String answer = send(address, key, sent);
            Quantiles.record(nanos, System.nanoTime() - start);
            found.add(broken.apply(JsonMapper.shared().readTree(answer)));
        }
        Long after = cpu.micros();
        double each = before == null || after == null ? -1 : (after - before) / (double) all.size();
        return new Lane(Quantiles.of(nanos), each, found);
    }

    private String send(URI address, String key, String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(address)
                        .timeout(Duration.ofSeconds(30))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        HttpResponse<String> answer =
                http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(
                    "%s answered %d %s".formatted(address, answer.statusCode(), answer.body()));
        }
        return answer.body();
    }

    private static Set<String> violations(JsonNode answer) {
        Set<String> names = new TreeSet<>();
        answer.path("violations").forEach(one -> names.add(one.path("rule").asString()));
        return names;
    }

    private static Set<String> denials(JsonNode answer) {
        Set<String> names = new TreeSet<>();
        answer.path("result").forEach(one -> names.add(one.asString()));
        return names;
    }

    private static void print(String name, Lane lane) {
        System.out.printf(
                "%-20s p50 %7.0f  p90 %7.0f  p99 %7.0f \u00b5s   CPU %6.0f \u00b5s a question%n",
                name,
                lane.latency().p50Micros(),
                lane.latency().p90Micros(),
                lane.latency().p99Micros(),
                lane.cpuMicros());
    }
}
