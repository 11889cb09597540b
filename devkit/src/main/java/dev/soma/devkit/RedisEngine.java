package dev.soma.devkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Redis as a cache: nothing of it is kept over a restart, by the platform's own rule.
final class RedisEngine implements Engine {
    private final SourceTree tree;
    private final Path folder;
    private final int port;
    private final String password;

    RedisEngine(SourceTree tree, Path folder, int port) throws IOException {
        this.tree = tree;
        this.folder = folder.toAbsolutePath();
        this.port = port;
        Home.createPrivate(folder);
        this.password = Passwords.readOrCreate(folder.resolve("password"));
    }

    @Override
    public String name() {
        return "redis";
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String address() {
        return "127.0.0.1:" + port;
    }

    String password() {
        return password;
    }

    @Override
    public Launch launch(Progress progress) throws IOException {
        Path server = RedisBinaries.find(tree, progress);
        Path settings = folder.resolve("redis.conf");
        Home.writePrivate(
                settings,
                """
                bind 127.0.0.1
                port %d
                requirepass %s
                dir %s
                appendonly yes
                appendfsync everysec
                save ""
                daemonize no
                maxmemory 256mb
                maxmemory-policy noeviction
                """
                        .formatted(port, password, folder));
        return Launch.of(List.of(server.toString(), settings.toString()), folder);
    }

    @Override
    public Optional<String> unreadyBecause() {
        return unreadyBecause("127.0.0.1", port, "", password);
    }

    /// AUTH and PING in Redis' own protocol.
    static Optional<String> unreadyBecause(String host, int port, String user, String password) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), 1000);
            socket.setSoTimeout(2000);
            StringBuilder request = new StringBuilder();
            if (!password.isEmpty()) {
                request.append(
                        user.isEmpty()
                                ? command("AUTH", password)
                                : command("AUTH", user, password));
            }
            request.append(command("PING"));
            socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.UTF_8));
            BufferedReader answers =
                    new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            if (!password.isEmpty()) {
                String authenticated = answers.readLine();
                if (!"+OK".equals(authenticated)) {
                    return Optional.of("Redis answers AUTH with " + authenticated);
                }
            }
            String pong = answers.readLine();
            return "+PONG".equals(pong)
                    ? Optional.empty()
                    : Optional.of("Redis answers PING with " + pong);
        } catch (IOException failure) {
            return Optional.of(
                    "nothing answers PING at " + host + ":" + port + ": " + failure.getMessage());
        }
    }

    private static String command(String... words) {
        StringBuilder text = new StringBuilder("*").append(words.length).append("\r\n");
        for (String word : words) {
            text.append('$')
                    .append(word.getBytes(StandardCharsets.UTF_8).length)
                    .append("\r\n")
                    .append(word)
                    .append("\r\n");
        }
        return text.toString();
    }

    @Override
    public Duration readyWithin() {
        return Duration.ofSeconds(20);
    }
}
