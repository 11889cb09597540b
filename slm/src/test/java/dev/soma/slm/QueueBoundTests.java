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

/// A server with one place in its line, and one like it where nobody waits long.
class QueueBoundTests {
    private static SlmProcess server = SlmProcess.shared();
    private static SlmProcess impatient = SlmProcess.shared();

    @BeforeAll
    static void start() {
        server = start("30000");
        impatient = start("50");
    }

    private static SlmProcess start(String waitMillis) {
        return SlmProcess.start(
                "--queue",
                "1",
                "--queue-wait-millis",
                waitMillis,
                "--context",
                "256",
                "--no-embeddings");
    }

    @AfterAll
    static void stop() {
        server.close();
        impatient.close();
    }

    /// An answer that the schema forbids to end early, begun.
    private static InputStream longAnswer(SlmProcess from)
            throws IOException, InterruptedException {
        ObjectNode body =
                Bodies.withSchema(
                                Bodies.chat("Tell a very long story about a ship.", 200),
                                "{\"type\":\"array\",\"items\":{\"type\":\"boolean\"},\"minItems\":200}")
                        .put("stream", true);
        InputStream events =
                SlmProcess.CLIENT
                        .send(
                                from.post("/v1/chat/completions", Json.write(body)),
                                HttpResponse.BodyHandlers.ofInputStream())
                        .body();
        assertThat(events.read()).isNotNegative();
        return events;
    }

    private static CompletableFuture<HttpResponse<String>> another(SlmProcess at) {
        return SlmProcess.CLIENT.sendAsync(
                at.post("/v1/chat/completions", Json.write(Bodies.chat("Hi.", 2))),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void aFullLineAnswers503AndWhoWaitsIsServed() throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<String>> waiting;
        try (InputStream events = longAnswer(server)) {
            assertThat(events.available()).isNotNegative();
            waiting = another(server);
            await().atMost(Duration.ofSeconds(5))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> server.metric("soma_slm_queue_depth") == 1);

            assertBusy(server.chat(Bodies.chat("Hi.", 2)), "queue_full");
        }

        assertThat(waiting.join().statusCode()).isEqualTo(200);
    }

    @Test
    void whoWaitsTooLongIsSentAway() throws IOException, InterruptedException {
        try (InputStream events = longAnswer(impatient)) {
            assertThat(events.available()).isNotNegative();

            assertBusy(another(impatient).join(), "queue_wait_exceeded");
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
