package dev.soma.cli;

import dev.soma.devkit.Home;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `soma status`.
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description =
                "Shows each part: state, pid, port, restarts, since when, and why it is not ready.",
        footer = "Exit status 0 when every part is ready, else 1.")
final class StatusCommand implements Callable<Integer> {
    @Option(names = "--json", description = "One JSON document on stdout.")
    private boolean json;

    @Override
    public Integer call() {
        Home home = Home.find();
        Optional<JsonNode> state = Control.ask(home, "status");
        boolean ready =
                state.isPresent()
                        && state.get().path("phase").asString().equals("ready")
                        && state.get()
                                .path("parts")
                                .valueStream()
                                .allMatch(part -> part.path("state").asString().equals("ready"));
        if (json) {
            JsonNode document =
                    state.orElseGet(
                            () ->
                                    JsonMapper.shared()
                                            .createObjectNode()
                                            .put("phase", "down")
                                            .put("home", home.path().toString()));
            System.out.println(
                    JsonMapper.shared()
                            .writerWithDefaultPrettyPrinter()
                            .writeValueAsString(document));
        } else if (state.isEmpty()) {
            System.out.println(down(home));
        } else {
            table(state.get());
        }
        return ready ? 0 : 1;
    }

    private static String down(Home home) {
        return Up.anythingLeft(home)
                ? "the supervisor is gone, but something of its run is left in "
                        + home.run()
                        + "; ./soma up heals it, ./soma down clears it"
                : "not running; ./soma up starts it";
    }

    private static void table(JsonNode state) {
        String gateway = state.path("gateway").asString();
        System.out.printf(
                Locale.ROOT,
                "%s%s, supervisor pid %d%n%n",
                state.path("phase").asString(),
                gateway.isEmpty() ? "" : " at " + gateway,
                state.path("supervisor").asLong());
        String format = "%-9s  %-10s  %8s  %6s  %8s  %8s  %s%n";
        System.out.printf(
                Locale.ROOT, format, "PART", "STATE", "PID", "PORT", "RESTARTS", "SINCE", "REASON");
        for (JsonNode part : state.path("parts")) {
            System.out.printf(
                    Locale.ROOT,
                    format,
                    part.path("part").asString(),
                    part.path("state").asString(),
                    part.path("pid").asLong() == 0 ? "-" : part.path("pid").asString(),
                    part.path("port").asString(),
                    part.path("restarts").asString(),
                    age(part.path("since").asString()),
                    Up.firstLine(part.path("reason").asString()));
        }
        if (!state.path("problem").asString().isEmpty()) {
            System.out.println("\n" + state.path("problem").asString());
        }
    }

    private static String age(String since) {
        long seconds =
                Math.max(0, Duration.between(Instant.parse(since), Instant.now()).toSeconds());
        if (seconds < 120) {
            return seconds + " s";
        }
        return seconds < 7200 ? seconds / 60 + " min" : seconds / 3600 + " h";
    }
}
