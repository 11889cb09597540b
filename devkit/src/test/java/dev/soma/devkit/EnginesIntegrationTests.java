package dev.soma.devkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class EnginesIntegrationTests {
    @Test
    void postgresKeepsCommittedRowsOverKillNine() throws Exception {
        EngineSet.Postgres postgres = TestEngines.postgres();
        Databases.Template template =
                Databases.template(
                        "kept",
                        database -> {
                            try (Connection connection = database.connect();
                                    Statement statement = connection.createStatement()) {
                                statement.execute("CREATE TABLE kept(id int PRIMARY KEY)");
                            }
                        });
        Databases.Database database = Databases.freshDatabase(template);
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO kept SELECT generate_series(1, 1000)");
        }
        long before = postgres.process().pid();

        postgres.process().kill();
        assertThat(Processes.alive(before)).isFalse();
        assertThatThrownBy(database::connect).isInstanceOf(SQLException.class);
        postgres.process().start();

        assertThat(postgres.process().pid()).isNotEqualTo(before).isPositive();
        assertThat(one(database, "SELECT count(*) FROM kept")).isEqualTo("1000");
    }

    @Test
    void postgresIsDurableAndKnowsItsUsers() throws Exception {
        EngineSet.Postgres postgres = TestEngines.postgres();
        Databases.Database database = Databases.emptyDatabase();

        assertThat(one(database, "SHOW fsync")).isEqualTo("on");
        assertThat(one(database, "SHOW synchronous_commit")).isEqualTo("on");
        assertThat(one(database, "SHOW full_page_writes")).isEqualTo("on");
        assertThat(one(database, "SHOW server_version")).startsWith("18.");
        assertThat(one(database, "SHOW password_encryption")).isEqualTo("scram-sha-256");
        Databases.Database wrong =
                new Databases.Database(
                        database.name(), database.jdbcUrl(), postgres.username(), "wrong");
        assertThatThrownBy(wrong::connect).hasMessageContaining("password authentication failed");
    }

    @Test
    void aServerThatMayLoseACommitIsNotReady() throws Exception {
        EngineSet.Postgres postgres = TestEngines.postgres();
        Databases.Database database = Databases.emptyDatabase();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "ALTER DATABASE " + database.name() + " SET synchronous_commit = off");
        }

        assertThat(
                        PostgresEngine.unreadyBecause(
                                database.jdbcUrl(), postgres.username(), postgres.password()))
                .hasValueSatisfying(why -> assertThat(why).contains("synchronous_commit is off"));
    }

    @Test
    void redisKeepsItsKeysOverKillNineOnTheSamePortAndPassword() {
        EngineSet.Redis redis = TestEngines.redis();
        RedisClient client = RedisClient.create(redis.url());
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            assertThat(connection.sync().set("key", "value")).isEqualTo("OK");
        }

        redis.process().kill();
        redis.process().start();

        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            assertThat(connection.sync().get("key")).isEqualTo("value");
            assertThat(connection.sync().info("server")).contains("redis_version:");
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(5));
        }
        assertThat(RedisEngine.unreadyBecause("127.0.0.1", redis.port(), "", "wrong"))
                .hasValueSatisfying(why -> assertThat(why).contains("WRONGPASS"));
    }

    @Test
    void kafkaKeepsAcknowledgedRecordsOverKillNine() throws Exception {
        EngineSet.Kafka kafka = TestEngines.kafka();
        try (Admin admin =
                Admin.create(
                        Map.of(
                                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                                kafka.bootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic("kept", 1, (short) 1))).all().get();
        }
        try (KafkaProducer<String, String> producer = producer(kafka.bootstrapServers())) {
            for (int count = 0; count < 100; count++) {
                producer.send(new ProducerRecord<>("kept", "key", "value " + count)).get();
            }
        }

        kafka.process().kill();
        kafka.process().start();

        assertThat(read(kafka.bootstrapServers(), "kept", 100)).isEqualTo(100);
    }

    @Test
    void kafkaCreatesNoTopicByItself() {
        EngineSet.Kafka kafka = TestEngines.kafka();
        try (KafkaProducer<String, String> producer = producer(kafka.bootstrapServers())) {
            assertThatThrownBy(() -> producer.send(new ProducerRecord<>("absent", "value")).get())
                    .hasMessageContaining("absent");
        }
        try (Admin admin =
                Admin.create(
                        Map.of(
                                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                                kafka.bootstrapServers()))) {
            assertThatThrownBy(() -> admin.describeTopics(List.of("absent")).allTopicNames().get())
                    .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
        }
    }

    @Test
    void kafkasSecondDoorGoesThroughAFaultProxy() throws Exception {
        EngineSet.Kafka kafka = TestEngines.kafka();
        try (Admin admin =
                        Admin.create(
                                Map.of(
                                        AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                                        kafka.bootstrapServers()));
                FaultProxy proxy = kafka.faultProxy();
                KafkaProducer<String, String> producer = producer("127.0.0.1:" + proxy.port())) {
            admin.createTopics(List.of(new NewTopic("proxied", 1, (short) 1))).all().get();
            producer.send(new ProducerRecord<>("proxied", "first")).get();
            long through = proxy.toServerBytes();
            proxy.cut();
            producer.send(new ProducerRecord<>("proxied", "second")).get();

            assertThat(proxy.toServerBytes()).isGreaterThan(through);
            assertThat(read("127.0.0.1:" + proxy.port(), "proxied", 2)).isEqualTo(2);
        }
    }

    private static String one(Databases.Database database, String sql) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private static KafkaProducer<String, String> producer(String bootstrapServers) {
        Properties settings = new Properties();
        settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 5000);
        return new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
    }

    private static int read(String bootstrapServers, String topic, int expected) {
        Properties settings = new Properties();
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            int read = 0;
            while (read < expected && System.nanoTime() < deadline) {
                read += consumer.poll(Duration.ofMillis(500)).count();
            }
            return read;
        }
    }
}
