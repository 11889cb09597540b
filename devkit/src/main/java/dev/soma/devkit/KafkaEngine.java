package dev.soma.devkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;

/// One Kafka node, broker and controller in one, in a JVM of its own.
final class KafkaEngine implements Engine {
    private static final int TIMEOUT_MILLIS = 4000;

    /// Where clients connect, the controller, and a second client door that names a proxy as its
    /// address.
    record KafkaPorts(int client, int controller, int proxied, int proxy) {
        static KafkaPorts free() {
            return new KafkaPorts(Ports.free(), Ports.free(), Ports.free(), Ports.free());
        }
    }

    private final SourceTree tree;
    private final Path folder;
    private final KafkaPorts ports;

    KafkaEngine(SourceTree tree, Path folder, KafkaPorts ports) {
        this.tree = tree;
        this.folder = folder.toAbsolutePath();
        this.ports = ports;
    }

    @Override
    public String name() {
        return "kafka";
    }

    @Override
    public int port() {
        return ports.client();
    }

    @Override
    public String address() {
        return "127.0.0.1:" + ports.client();
    }

    KafkaPorts ports() {
        return ports;
    }

    @Override
    public Launch launch(Progress progress) throws IOException {
        Home.createPrivate(folder);
        Path settings = folder.resolve("server.properties");
        Home.writePrivate(settings, settings());
        String jars = tree.kafkaJars() + "/*";
        if (!Files.exists(folder.resolve("logs/meta.properties"))) {
            format(jars, settings);
        }
        List<String> command =
                List.of(
                        Tools.java(),
                        "-Xmx256m",
                        "-Xms64m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dlog4j2.level=WARN",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        jars,
                        "kafka.Kafka",
                        settings.toString());
        return Launch.of(command, folder).stoppedBy("TERM", Duration.ofSeconds(20));
    }

    private String settings() {
        return """
                process.roles=broker,controller
                node.id=1
                controller.quorum.voters=1@127.0.0.1:%2$d
                controller.listener.names=CONTROLLER
                inter.broker.listener.name=CLIENT
                listeners=CLIENT://127.0.0.1:%1$d,PROXIED://127.0.0.1:%3$d,CONTROLLER://127.0.0.1:%2$d
                advertised.listeners=CLIENT://127.0.0.1:%1$d,PROXIED://127.0.0.1:%4$d
                listener.security.protocol.map=CLIENT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
                log.dirs=%5$s
                auto.create.topics.enable=false
                num.partitions=1
                default.replication.factor=1
                min.insync.replicas=1
                offsets.topic.replication.factor=1
                offsets.topic.num.partitions=4
                transaction.state.log.replication.factor=1
                transaction.state.log.min.isr=1
                transaction.state.log.num.partitions=4
                share.coordinator.state.topic.replication.factor=1
                share.coordinator.state.topic.min.isr=1
                share.coordinator.state.topic.num.partitions=4
                group.initial.rebalance.delay.ms=0
                num.network.threads=2
                num.io.threads=4
                """
                .formatted(
                        ports.client(),
                        ports.controller(),
                        ports.proxied(),
                        ports.proxy(),
                        folder.resolve("logs"));
    }

    private void format(String jars, Path settings) throws IOException {
        Cache.delete(folder.resolve("logs"));
        byte[] id = new byte[16];
        new SecureRandom().nextBytes(id);
        id[0] &= 0x7f;
        List<String> command =
                List.of(
                        Tools.java(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        jars,
                        "kafka.tools.StorageTool",
                        "format",
                        "--cluster-id="
                                + Base64.getUrlEncoder().withoutPadding().encodeToString(id),
                        "--config",
                        settings.toString());
        Tools.Answer answer = Tools.run(Duration.ofMinutes(1), Map.of(), command);
        if (answer.status() != 0) {
            throw EngineException.lasting(
                    "formatting Kafka's storage in "
                            + folder
                            + " failed with status "
                            + answer.status()
                            + ":\n"
                            + answer.output(),
                    null);
        }
    }

    @Override
    public Optional<String> unreadyBecause() {
        if (!Ports.accepts("127.0.0.1", port(), 500)) {
            return Optional.of("nothing accepts connections at " + address());
        }
        return unreadyBecause(address());
    }

    /// The cluster answers a client and names a broker.
    static Optional<String> unreadyBecause(String bootstrapServers) {
        Map<String, Object> settings =
                Map.of(
                        AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers,
                        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS,
                        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, TIMEOUT_MILLIS);
        try (Admin admin = Admin.create(settings)) {
            int brokers =
                    admin.describeCluster()
                            .nodes()
                            .get(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
                            .size();
            return brokers > 0 ? Optional.empty() : Optional.of("the cluster names no broker yet");
        } catch (ExecutionException | TimeoutException | KafkaException failure) {
            return Optional.of(
                    "no cluster answers at " + bootstrapServers + ": " + failure.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted");
        }
    }

    @Override
    public Duration readyWithin() {
        return Duration.ofSeconds(90);
    }
}
