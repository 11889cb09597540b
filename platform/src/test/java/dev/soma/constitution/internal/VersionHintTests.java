package dev.soma.constitution.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Answers of a SomaBrain, byte for byte as it gives them, over HTTP.
class VersionHintTests {
    private static final String HASH = "ab".repeat(64);
    private static final String LOADED =
            "{\"constitution_version\":\"%s\",\"constitution_status\":\"loaded\",\"constitution_signatures\":[]}";

    private final AtomicReference<String> answer = new AtomicReference<>("");
    private final AtomicReference<Integer> status = new AtomicReference<>(200);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private HttpServer brain;
    private VersionHint hint;

    @BeforeEach
    void start() throws IOException {
        brain = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        brain.createContext(
                "/api/constitution/version",
                exchange -> {
                    byte[] bytes = answer.get().getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(status.get(), bytes.length);
                    exchange.getResponseBody().write(bytes);
                    exchange.close();
                });
        brain.start();
        hint =
                new VersionHint(
                        URI.create(
                                "http://127.0.0.1:%d/api".formatted(brain.getAddress().getPort())),
                        new Alarms(meters));
    }

    @AfterEach
    void stop() {
        brain.stop(0);
    }

    private double alarms() {
        return meters.get("soma_constitution_alarms").tag("kind", "hint_differs").counter().count();
    }

    private void poll(int times) {
        for (int i = 0; i < times; i++) {
            hint.compare(HASH);
        }
    }

    @Test
    void theFifthDifferentAnswerInARowRaisesOneAlarm() {
        answer.set(LOADED.formatted("cd".repeat(64)));
        poll(4);
        assertThat(alarms()).isZero();
        poll(10);
        assertThat(alarms()).isEqualTo(1);
    }

    @Test
    void anEqualAnswerBetweenThemStartsTheCountAnew() {
        answer.set(LOADED.formatted("cd".repeat(64)));
        poll(4);
        answer.set(LOADED.formatted(HASH));
        poll(1);
        answer.set(LOADED.formatted("cd".repeat(64)));
        poll(4);
        assertThat(alarms()).isZero();
    }

    @Test
    void whatIsNotAnAnswerSaysNothing() {
        for (String odd :
                new String[] {"", "null", "{}", "{\"constitution_version\":null}", "<html>"}) {
            answer.set(odd);
            poll(6);
        }
        answer.set("{\"constitution_version\":\"" + "x".repeat(1 << 17) + "\"}");
        poll(6);
        status.set(500);
        answer.set(LOADED.formatted("cd".repeat(64)));
        poll(6);
        brain.stop(0);
        poll(6);
        assertThat(alarms()).isZero();
    }
}
