package dev.soma.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/// `bench gateway`: options, the check that every target answers, the run, the report.
@CommandLine.Command(
        name = "gateway",
        mixinStandardHelpOptions = true,
        description =
                "Compares calls through the gateway with calls straight to the scripted provider. The gateway"
                        + " needs a provider named 'scripted' whose base URL is the scripted provider.")
final class GatewayCommand implements Callable<Integer> {
    private static final long START_NANOS = 10_000_000_000L;

    @Option(
            names = "--connection",
            description = "connection.json of the running platform (that of SOMA_HOME)")
    private Path connection =
            Path.of(System.getenv().getOrDefault("SOMA_HOME", ".soma"), "run/connection.json");

    @Option(names = "--gateway", description = "gateway URL instead of the one in connection.json")
    private @Nullable URI gateway;

    @Option(names = "--key", description = "API key instead of the one in connection.json")
    private @Nullable String key;

    @Option(
            names = "--pid",
            description = "process whose CPU time is read, instead of pids.platform")
    private @Nullable Long pid;

    @Option(
            names = "--provider-url",
            description =
                    "the scripted provider; started here when nothing answers there"
                            + " (${DEFAULT-VALUE})")
    private URI provider = URI.create("http://127.0.0.1:" + ScriptedProvider.DEFAULT_PORT);

    @Option(
            names = "--gateway-model-prefix",
            description = "before the model name at the gateway (${DEFAULT-VALUE})")
    private String modelPrefix = "scripted/";

    @Option(names = "--peer", description = "another gateway to compare with, NAME=URL")
    private Map<String, URI> peers = new HashMap<>();

    @Option(names = "--peer-pid", description = "the process of a peer, NAME=PID")
    private Map<String, Long> peerPids = new HashMap<>();

    @Option(
            names = "--peer-model-prefix",
            description = "before the model name at a peer, NAME=PREFIX")
    private Map<String, String> peerPrefixes = new HashMap<>();

    @Option(names = "--peer-header", description = "a header for a peer, NAME=Header:value")
    private List<String> peerHeaders = new ArrayList<>();

    @Option(names = "--rounds", description = "interleaved rounds, 1 to 50 (${DEFAULT-VALUE})")
    private int rounds = 5;

    @Option(
            names = "--seconds",
            description = "time of one lane in one round, 1 to 120 (${DEFAULT-VALUE})")
    private int seconds = 5;

    @Option(
            names = "--warm-up",
            description =
                    "seconds of rounds that are not measured, 0 to 600; one round is run at least (${DEFAULT-VALUE})")
    private int warmUp;

    @Option(
            names = "--frames-per-second",
            description = "of a paced stream, 1 to 1000 (${DEFAULT-VALUE})")
    private int framesPerSecond = 50;

    @Option(
            names = "--rate",
            description = "arrivals a second of the open loop, 1 to 20000 (${DEFAULT-VALUE})")
    private int rate = 200;

    @Option(
            names = "--streams",
            split = ",",
            description = "paced streams at once (50,100,200,500)")
    private List<Integer> streams = List.of(50, 100, 200, 500);

    @Option(
            names = "--lanes",
            split = ",",
            description = "only these of json-c1,json-c16,sse-c1,sse-c16,json-open")
    private List<String> lanes = new ArrayList<>();

    @Option(
            names = "--pass-through",
            description =
                    "also measure a bare Vert.x proxy in a process of its own, as the target 'vertx'")
    private boolean passThrough;

    @Option(
            names = "--frontier",
            description = "also find the most requests a second at p99 of 5, 10, 50 and 100 ms")
    private boolean frontier;

    @Option(
            names = "--sessions",
            description =
                    "also run this many callers for a minute who think 10 s on average, 1 to 5000")
    private int sessions;

    @Option(
            names = "--memory-minutes",
            description = "also watch the gateway's memory under load so long, 1 to 60")
    private int memoryMinutes;

    @Option(names = "--seed", description = "of the arrivals (${DEFAULT-VALUE})")
    private long seed = 20_261_125;

    @Option(names = "--json", description = "write the whole report to this file")
    private @Nullable Path json;

    @Option(
            names = "--append-dir",
            description = "folder on the disk to measure (that of connection.json)")
    private @Nullable Path appendFolder;

    @Option(
            names = "--allow-remote",
            description = "also send load to addresses that are not loopback")
    private boolean allowRemote;

    @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<Target> targets;
        try {
            targets = targets();
            checkBounds();
        } catch (IllegalArgumentException e) {
            error().println(e.getMessage());
            return 2;
        }
        Optional<ScriptedProvider> started = startProvider();
        Optional<Process> bare = passThrough ? Optional.of(bareProxy(targets)) : Optional.empty();
        try (LoadGenerator generator = new LoadGenerator();
                AppendLane append = AppendLane.in(appendFolder())) {
            for (Target target : targets) {
                Optional<String> trouble = Probe.trouble(target);
                if (trouble.isPresent()) {
                    error().println(trouble.get());
                    return 1;
                }
            }
            Plan plan =
                    new Plan(
                            rounds,
                            Duration.ofSeconds(seconds),
                            Duration.ofSeconds(warmUp),
                            rate,
                            List.copyOf(streams),
                            framesPerSecond,
                            List.copyOf(lanes),
                            seed);
            Report report =
                    new GatewayBench(generator, append, targets, plan, out())
                            .run()
                            .with(longRuns(generator, targets, plan));
            out().print(ReportTable.of(report));
            if (json != null) {
                Files.write(json, report.json());
            }
            out().flush();
            return report.whole() ? 0 : 1;
        } finally {
            if (bare.isPresent()) {
                PassThrough.end(bare.get());
            }
            started.ifPresent(ScriptedProvider::close);
        }
    }

    /// Starts it and adds it to the targets.
    private Process bareProxy(List<Target> targets) throws IOException, InterruptedException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Process process = PassThrough.spawn(port, provider);
        URI at = URI.create("http://127.0.0.1:" + port);
        targets.add(new Target("vertx", at, "", Map.of(), process.pid()));
        long deadline = System.nanoTime() + START_NANOS;
        while (!Probe.answers(at) && process.isAlive() && System.nanoTime() < deadline) {
            Thread.sleep(50);
        }
        return process;
    }

    private List<LongRuns.Found> longRuns(LoadGenerator generator, List<Target> targets, Plan plan)
            throws IOException, InterruptedException {
        LongRuns runs = new LongRuns(generator, targets.get(0), targets.get(1), plan, out());
        List<LongRuns.Found> found = new ArrayList<>();
        if (frontier) {
            found.add(runs.frontier());
        }
        if (sessions > 0) {
            found.add(runs.sessions(sessions));
        }
        if (memoryMinutes > 0) {
            found.add(runs.memory(memoryMinutes));
        }
        return found;
    }

    private List<Target> targets() throws IOException, InterruptedException {
        List<Target> targets = new ArrayList<>();
        targets.add(new Target(GatewayBench.DIRECT, provider, "", Map.of(), null));
        URI at = gateway;
        String secret = key;
        Long process = pid;
        if (at == null || secret == null || process == null) {
            if (at == null || Files.exists(connection)) {
                ConnectionFile file = ConnectionFile.read(connection);
                // A pid belongs to its gateway: with another gateway given, the file's pid says
                // nothing.
                process =
                        process == null && (at == null || at.equals(file.gateway()))
                                ? file.platformPid()
                                : process;
                at = at == null ? file.gateway() : at;
                secret = secret == null ? keyFor(file, at) : secret;
            }
        }
        Map<String, String> headers =
                secret == null ? Map.of() : Map.of("authorization", "Bearer " + secret);
        targets.add(new Target(GatewayBench.GATEWAY, at, modelPrefix, headers, process));
        peers.forEach(
                (name, url) ->
                        targets.add(
                                new Target(
                                        name,
                                        url,
                                        peerPrefixes.getOrDefault(name, ""),
                                        headersOf(name),
                                        peerPids.get(name))));
        for (Target target : targets) {
            String refusal = allowRemote ? null : Target.refusal(target.base());
            if (refusal != null) {
                throw new IllegalArgumentException(refusal);
            }
        }
        return targets;
    }

    /// A key of the bench's own tenant where the file lets us make one.
    private String keyFor(ConnectionFile file, URI at) throws IOException, InterruptedException {
        String admin = file.adminToken();
        return admin == null ? file.apiKey() : new BenchTenant(at, admin).prepare(provider);
    }

    private Map<String, String> headersOf(String name) {
        Map<String, String> headers = new HashMap<>();
        for (String each : peerHeaders) {
            int equals = each.indexOf('=');
            int colon = each.indexOf(':', equals + 1);
            if (equals < 1 || colon < 0) {
                throw new IllegalArgumentException("--peer-header takes NAME=Header:value");
            }
            if (each.substring(0, equals).equals(name)) {
                headers.put(
                        each.substring(equals + 1, colon).strip(),
                        each.substring(colon + 1).strip());
            }
        }
        return headers;
    }

    private void checkBounds() {
        require(rounds >= 1 && rounds <= 50, "--rounds is from 1 to 50");
        require(seconds >= 1 && seconds <= 120, "--seconds is from 1 to 120");
        require(warmUp >= 0 && warmUp <= 600, "--warm-up is from 0 to 600");
        require(
                framesPerSecond >= 1 && framesPerSecond <= 1_000,
                "--frames-per-second is from 1 to 1000");
        require(rate >= 1 && rate <= 20_000, "--rate is from 1 to 20000");
        require(
                streams.stream().allMatch(n -> n >= 1 && n <= 10_000),
                "--streams are from 1 to 10000");
        require(sessions >= 0 && sessions <= 5_000, "--sessions is from 1 to 5000");
        require(memoryMinutes >= 0 && memoryMinutes <= 60, "--memory-minutes is from 1 to 60");
        require(Plan.NAMES.containsAll(lanes), "--lanes are of " + String.join(",", Plan.NAMES));
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    private Optional<ScriptedProvider> startProvider() {
        if (provider.getPort() < 1 || Target.refusal(provider) != null || Probe.answers(provider)) {
            return Optional.empty();
        }
        out().println("nothing answers at " + provider + "; starting the scripted provider there");
        return Optional.of(ScriptedProvider.start(provider.getPort()));
    }

    private Path appendFolder() {
        if (appendFolder != null) {
            return appendFolder;
        }
        Path parent = connection.toAbsolutePath().getParent();
        return parent != null && Files.isDirectory(parent)
                ? parent
                : Path.of(System.getProperty("java.io.tmpdir"));
    }

    private PrintWriter out() {
        return line().getOut();
    }

    private PrintWriter error() {
        return line().getErr();
    }

    private CommandLine line() {
        CommandLine.Model.CommandSpec known = spec;
        if (known == null) {
            throw new IllegalStateException("picocli sets the command before it calls it");
        }
        return known.commandLine();
    }
}
