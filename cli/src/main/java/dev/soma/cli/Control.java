package dev.soma.cli;

import dev.soma.devkit.Home;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The line that commands talk to the supervisor on: one request line, one JSON answer line.
final class Control {
    static final int MAX_REQUEST_BYTES = 256;
    static final int MAX_ANSWER_BYTES = 1 << 18;

    /// A socket's path is limited by the kernel; a longer one is kept in a short folder and named
    /// in a file.
    private static final int MAX_PATH_BYTES = 100;

    private Control() {}

    static Path lockFile(Home home) {
        return home.run().resolve("supervisor.lock");
    }

    private static Path pathFile(Home home) {
        return home.run().resolve("control.path");
    }

    /// Where a new supervisor listens.
    static Path create(Home home) throws IOException {
        Path socket = home.run().resolve("control.sock");
        Files.deleteIfExists(socket);
        if (socket.toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
            socket = Files.createTempDirectory("soma-").resolve("control.sock");
        }
        Home.writePrivate(pathFile(home), socket + "\n");
        return socket;
    }

    static void remove(Home home, Path socket) throws IOException {
        Files.deleteIfExists(socket);
        Files.deleteIfExists(pathFile(home));
        Path folder = socket.getParent();
        if (folder != null && !folder.equals(home.run())) {
            Files.deleteIfExists(folder);
        }
    }

    /// The supervisor's answer; empty when none listens.
    static Optional<JsonNode> ask(Home home, String request) {
        if (!Files.exists(pathFile(home))) {
            return Optional.empty();
        }
        try {
            Path socket = Path.of(Files.readString(pathFile(home)).strip());
            try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                channel.connect(UnixDomainSocketAddress.of(socket));
                channel.write(ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8)));
                String answer = readLine(channel, MAX_ANSWER_BYTES);
                return answer.isEmpty()
                        ? Optional.empty()
                        : Optional.of(JsonMapper.shared().readTree(answer));
            }
        } catch (IOException | JacksonException nobodyListens) {
            return Optional.empty();
        }
    }

    static String readLine(SocketChannel channel, int maxBytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(maxBytes);
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
            int end = buffer.position();
            if (end > 0 && buffer.get(end - 1) == '\n') {
                return new String(buffer.array(), 0, end - 1, StandardCharsets.UTF_8);
            }
        }
        throw new IOException("no whole line within " + maxBytes + " bytes");
    }
}
