package dev.soma.devkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The language model's server, in a JVM of its own so that a native crash stays there.
final class SlmEngine implements Engine {
    private final SourceTree tree;
    private final Path folder;
    private final int port;

    SlmEngine(SourceTree tree, Path folder, int port) {
        this.tree = tree;
        this.folder = folder.toAbsolutePath();
        this.port = port;
    }

    @Override
    public String name() {
        return "slm";
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String address() {
        return "http://127.0.0.1:" + port;
    }

    @Override
    public Launch launch(Progress progress) throws IOException {
        Path model = Fetches.model(progress);
        Home.createPrivate(folder);
        Path natives = folder.resolve("native");
        Home.createPrivate(natives);
        Path ready = folder.resolve("ready.json");
        Files.deleteIfExists(ready);
        List<String> command =
                List.of(
                        Tools.java(),
                        "-Xmx192m",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Dde.kherud.llama.tmpdir=" + natives,
                        "-jar",
                        tree.slmJar().toString(),
                        "--model",
                        model.toString(),
                        "--port",
                        Integer.toString(port),
                        "--ready-file",
                        ready.toString());
        return Launch.of(command, folder);
    }

    @Override
    public Optional<String> unreadyBecause() {
        return HttpProbe.unreadyBecause(address() + "/health");
    }

    @Override
    public Duration readyWithin() {
        return Duration.ofMinutes(2);
    }
}
