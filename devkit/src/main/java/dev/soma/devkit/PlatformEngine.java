package dev.soma.devkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The platform's jar, told by a settings file, ready when it says so in its ready file and at its
/// door.
final class PlatformEngine implements Engine {
    private static final Duration STOP_WITHIN = Duration.ofSeconds(30);

    private final SourceTree tree;
    private final Home home;
    private final int port;
    private final List<String> jvmFlags;
    private final Supplier<Map<String, String>> settings;

    /// @param settings asked at each start, when the engines are ready
    PlatformEngine(
            SourceTree tree,
            Home home,
            int port,
            List<String> jvmFlags,
            Supplier<Map<String, String>> settings) {
        this.tree = tree;
        this.home = home;
        this.port = port;
        this.jvmFlags = List.copyOf(jvmFlags);
        this.settings = settings;
    }

    @Override
    public String name() {
        return Part.PLATFORM.id();
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String address() {
        return "http://127.0.0.1:" + port;
    }

    private Path readyFile() {
        return home.run().resolve("platform.json");
    }

    @Override
    public Launch launch(Progress progress) throws IOException {
        if (!Ports.isFree(port)) {
            throw EngineException.lasting(PortInUse.explain(port), null);
        }
        Path file = home.run().resolve("platform.properties");
        StringBuilder text = new StringBuilder();
        new TreeMap<>(settings.get())
                .forEach(
                        (key, value) ->
                                text.append(key)
                                        .append('=')
                                        .append(value.replace("\\", "\\\\").replace("\n", "\\n"))
                                        .append('\n'));
        Home.writePrivate(file, text.toString());
        Files.deleteIfExists(readyFile());
        Home.createPrivate(home.data().resolve("platform"));
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Tools.java(),
                                "-Xmx512m",
                                "-XX:+UseSerialGC",
                                "-XX:+UseCompactObjectHeaders",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(jvmFlags);
        command.addAll(List.of("-jar", tree.platformJar().toString(), "--soma.config=" + file));
        return Launch.of(command, home.path()).stoppedBy("TERM", STOP_WITHIN);
    }

    @Override
    public Optional<String> unreadyBecause() {
        if (!Files.exists(readyFile())) {
            return Optional.of("it has not written " + readyFile());
        }
        try {
            JsonNode ready = JsonMapper.shared().readTree(Files.readString(readyFile()));
            String gateway = ready.path("gateway").asString("");
            return gateway.isEmpty()
                    ? Optional.of(readyFile() + " names no gateway")
                    : HttpProbe.unreadyBecause(gateway + "/readyz");
        } catch (IOException | JacksonException unfinished) {
            return Optional.of(readyFile() + " cannot be read: " + unfinished.getMessage());
        }
    }

    @Override
    public Duration readyWithin() {
        return Duration.ofMinutes(2);
    }
}
