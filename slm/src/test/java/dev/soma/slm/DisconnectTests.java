package dev.soma.slm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class DisconnectTests {
    private static final String CANCELLED = "soma_slm_answers_total{end=\"cancelled\"}";
    private final SlmProcess server = SlmProcess.shared();

    private InputStream stream(ObjectNode body) throws IOException, InterruptedException {
        HttpResponse<InputStream> response =
                SlmProcess.CLIENT.send(
                        server.post("/v1/chat/completions", Json.write(body.put("stream", true))),
                        HttpResponse.BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }

    @Test
    void aClientThatLeavesFreesTheModelForTheNext() throws IOException, InterruptedException {
        double before = server.metric(CANCELLED);
        InputStream events = stream(longAnswer());
        assertThat(events.read()).isNotNegative();

        events.close();
        HttpResponse<String> next = server.chat(Bodies.chat("Hi.", 2));

        assertThat(next.statusCode()).isEqualTo(200);
        assertThat(server.metric(CANCELLED)).isEqualTo(before + 1);
    }

    @Test
    void aWaitingClientThatLeavesGivesUpItsPlace() throws IOException, InterruptedException {
        try (InputStream running = stream(longAnswer())) {
            assertThat(running.read()).isNotNegative();
            CompletableFuture<HttpResponse<String>> waiting =
                    SlmProcess.CLIENT.sendAsync(
                            server.post("/v1/chat/completions", Json.write(Bodies.chat("Hi.", 2))),
                            HttpResponse.BodyHandlers.ofString());
            awaitDepth(1);

            assertThat(waiting.cancel(true)).isTrue();

            awaitDepth(0);
            assertThat(server.metric("soma_slm_decoding")).isEqualTo(1);
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> server.metric("soma_slm_decoding") == 0);
    }

    @Test
    void aLongPromptIsGivenUpWithinItsSlices() throws InterruptedException {
        double before = server.metric(CANCELLED);
        String text = "The cat sat on the mat and looked at the moon. ".repeat(140);
        CompletableFuture<HttpResponse<String>> reading =
                SlmProcess.CLIENT.sendAsync(
                        server.post("/v1/chat/completions", Json.write(Bodies.chat(text, 2))),
                        HttpResponse.BodyHandlers.ofString());
        await().atMost(Duration.ofSeconds(10)).until(() -> server.metric("soma_slm_decoding") == 1);

        assertThat(reading.cancel(true)).isTrue();

        // Reading all of it takes over ten seconds.
        await().atMost(Duration.ofSeconds(6)).until(() -> server.metric(CANCELLED) == before + 1);
    }

    private void awaitDepth(int depth) {
        await().atMost(Duration.ofSeconds(10))
                .until(() -> server.metric("soma_slm_queue_depth") == depth);
    }

    private static ObjectNode longAnswer() {
        ObjectNode body = Bodies.chat("Tell a very long story about a ship.", 1500);
        return body.put("temperature", 1.5);
    }
}
