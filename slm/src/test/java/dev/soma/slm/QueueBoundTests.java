package dev.soma.slm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A server with one place in its line, a short wait and a small context.
class QueueBoundTests {
    private static SlmProcess server = SlmProcess.shared();

    @BeforeAll
    static void start() {
        server =
                SlmProcess.start(
                        "--queue",
                        "1",
                        "--queue-wait-millis",
                        "700",
                        "--context",
                        "256",
                        "--no-embeddings");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aFullLineAnswers503AndALongWaitToo() throws IOException, InterruptedException {
        ObjectNode longAnswer =
                Bodies.chat("Tell a very long story about a ship.", 200)
                        .put("temperature", 1.5)
                        .put("stream", true);
        HttpResponse<InputStream> running =
                SlmProcess.CLIENT.send(
                        server.post("/v1/chat/completions", Json.write(longAnswer)),
                        HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream events = running.body()) {
            assertThat(events.read()).isNotNegative();
            CompletableFuture<HttpResponse<String>> waiting =
                    SlmProcess.CLIENT.sendAsync(
                            server.post("/v1/chat/completions", Json.write(Bodies.chat("Hi.", 2))),
                            HttpResponse.BodyHandlers.ofString());
            await().atMost(Duration.ofSeconds(5))
                    .until(() -> server.metric("soma_slm_queue_depth") == 1);

            HttpResponse<String> refused = server.chat(Bodies.chat("Hi.", 2));

            assertBusy(refused, "queue_full");
            assertBusy(waiting.join(), "queue_wait_exceeded");
        }
    }

    private static void assertBusy(HttpResponse<String> response, String code) {
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(Json.read(response.body()).at("/error/code").stringValue()).isEqualTo(code);
        assertThat(response.headers().firstValueAsLong("retry-after").orElse(0)).isBetween(1L, 60L);
    }

    @Test
    void aPromptOverTheContextIsRefused() {
        HttpResponse<String> response = server.chat(Bodies.chat("word ".repeat(400), 2));

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Json.read(response.body()).at("/error/code").stringValue())
                .isEqualTo("context_length_exceeded");
    }

    @Test
    void anAnswerEndsWhereTheContextEnds() {
        ObjectNode body = Bodies.chat("word ".repeat(200), 100_000).put("temperature", 1.9);

        JsonNode answer = server.ok("/v1/chat/completions", Json.write(body));

        int total = answer.at("/usage/total_tokens").intValue();
        if (answer.at("/choices/0/finish_reason").stringValue().equals("length")) {
            assertThat(total).isEqualTo(256);
        } else {
            assertThat(total).isLessThanOrEqualTo(256);
        }
    }

    @Test
    void embeddingsCanBeLeftOut() {
        HttpResponse<String> response =
                server.send(server.post("/v1/embeddings", "{\"input\":\"x\"}"));

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body()).contains("embeddings_disabled");
    }
}
