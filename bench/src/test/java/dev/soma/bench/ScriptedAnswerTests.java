package dev.soma.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class ScriptedAnswerTests extends ProviderCase {
    @Test
    void answersAboutTwelveHundredBytesOfJsonWithTrueUsage() throws Exception {
        HttpResponse<String> response = client.post("scripted");

        JsonNode answer = Client.json(response.body());
        String text = answer.path("choices").path(0).path("message").path("content").asString();
        assertThat(response.body().length()).isBetween(1000, 1400);
        assertThat(text).isEqualTo(ScriptedProvider.textOf("scripted"));
        assertThat(answer.path("usage").path("prompt_tokens").asLong()).isEqualTo(4);
        assertThat(answer.path("usage").path("completion_tokens").asLong())
                .isEqualTo(Words.count(text))
                .isEqualTo(64);
    }

    @Test
    void answersWithAStatusAndItsRetryAfter() throws Exception {
        HttpResponse<String> response = client.post("scripted:status=429,retryafter=2");

        assertThat(response.statusCode()).isEqualTo(429);
        assertThat(response.headers().firstValue("retry-after")).contains("2");
        assertThat(Client.json(response.body()).path("error").path("type").asString())
                .isEqualTo("rate_limit_error");
    }

    @Test
    void redirectsBackToItself() throws Exception {
        HttpResponse<String> response = client.post("scripted:status=307");

        assertThat(response.statusCode()).isEqualTo(307);
        assertThat(response.headers().firstValue("location")).contains("/v1/chat/completions");
    }

    @Test
    void recoversAfterTheGivenNumberOfFailures() throws Exception {
        String model = "scripted:status=503,times=2,frames=1";

        assertThat(client.post(model).statusCode()).isEqualTo(503);
        assertThat(client.post(model).statusCode()).isEqualTo(503);
        assertThat(client.post(model).statusCode()).isEqualTo(200);
    }

    @Test
    void waitsTheDelayBeforeTheFirstByte() throws Exception {
        long start = System.nanoTime();

        client.post("scripted:delay=80ms,frames=1");

        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isGreaterThanOrEqualTo(Duration.ofMillis(79));
    }

    @Test
    void staysSilentUntilTheClientLeaves() {
        var request =
                client.request(Client.body("scripted:silent", false, ""))
                        .timeout(Duration.ofMillis(200));

        assertThatThrownBy(() -> client.send(request)).isInstanceOf(HttpTimeoutException.class);

        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(last().disconnectedAtFrame()).isEqualTo(0));
        assertThat(last().status()).isZero();
        assertThat(last().finished()).isFalse();
    }

    @Test
    void answersWithAnHtmlPage() throws Exception {
        HttpResponse<String> response = client.stream("scripted:html");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type").orElse(""))
                .startsWith("text/html");
    }

    @Test
    void answersJsonWhereAStreamWasAskedFor() throws Exception {
        HttpResponse<String> response = client.stream("scripted:json-for-sse,frames=2");

        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        assertThat(Client.json(response.body()).path("object").asString())
                .isEqualTo("chat.completion");
    }

    @Test
    void cutsAJsonBodyInTheMiddle() {
        assertThatThrownBy(() -> client.post("scripted:cut=1")).isInstanceOf(IOException.class);

        assertThat(last().truth().told()).isNull();
        assertThat(last().truth().counted().completionTokens()).isEqualTo(64);
    }

    @Test
    void sendsMalformedJsonWithItsWholeLength() throws Exception {
        HttpResponse<String> response = client.post("scripted:malformed=1");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThatThrownBy(() -> Client.json(response.body())).isInstanceOf(RuntimeException.class);
    }

    @Test
    void packsSixtyFourMebibytesIntoASmallGzipBody() throws Exception {
        String request = Client.rawRequest(Client.body("scripted:gzipbomb", false, ""));
        byte[] raw = client.raw(request, Integer.MAX_VALUE);

        String head = new String(raw, StandardCharsets.ISO_8859_1);
        int body = head.indexOf("\r\n\r\n") + 4;
        assertThat(head.substring(0, body)).contains("content-encoding: gzip");
        assertThat(raw.length).isLessThan(100_000);
        try (var grown =
                new GZIPInputStream(new ByteArrayInputStream(raw, body, raw.length - body))) {
            assertThat(grown.skip(Long.MAX_VALUE)).isGreaterThan(64L << 20);
        }
    }

    @Test
    void sendsHeadersWithoutEnd() throws Exception {
        String request = Client.rawRequest(Client.body("scripted:endless-header", false, ""));
        byte[] raw = client.raw(request, 2 << 20);

        String head = new String(raw, StandardCharsets.ISO_8859_1);
        assertThat(raw.length).isGreaterThan(2 << 20);
        assertThat(head).startsWith("HTTP/1.1 200").doesNotContain("\r\n\r\n");
        assertThatThrownBy(() -> client.post("scripted:endless-header"))
                .isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @CsvSource({"length,length", "content_filter,content_filter", "tool_calls,tool_calls", "none,"})
    void tellsTheFinishReason(String finish, String told) throws Exception {
        HttpResponse<String> response = client.post("scripted:frames=1,finish=" + finish);

        JsonNode reason =
                Client.json(response.body()).path("choices").path(0).path("finish_reason");
        assertThat(reason.asString(null)).isEqualTo(told);
    }

    @Test
    void tellsTheTokensOfTheScriptAndKeepsTheTruth() throws Exception {
        String id = "truth-" + System.nanoTime();
        String body =
                Client.body("scripted:frames=3,prompt_tokens=1000,completion_tokens=-7", false, "");

        HttpResponse<String> response =
                client.send(client.request(body).header("X-Request-Id", id));

        JsonNode usage = Client.json(response.body()).path("usage");
        assertThat(usage.path("prompt_tokens").asLong()).isEqualTo(1000);
        assertThat(usage.path("completion_tokens").asLong()).isEqualTo(-7);
        JsonNode truth = client.get("/control/truth/" + id);
        assertThat(truth.path("counted").path("prompt_tokens").asLong()).isEqualTo(4);
        assertThat(truth.path("counted").path("completion_tokens").asLong()).isEqualTo(3);
        assertThat(truth.path("told").path("completion_tokens").asLong()).isEqualTo(-7);
    }

    @Test
    void refusesAnUnknownKeyByName() throws Exception {
        HttpResponse<String> response = client.post("scripted:frames=2,bogus=1");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Client.json(response.body()).path("error").path("message").asString())
                .contains("'bogus'")
                .contains("frame-bytes");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "scripted:frames=-1",
                "scripted:frames=1000001",
                "scripted:frames",
                "scripted:status=204",
                "scripted:pace=fast",
                "scripted:usage=maybe",
                "scripted:html=perhaps",
                "scripted:frames=1,frames=2",
                "scripted:frames=1000000,frame-bytes=1048576"
            })
    void refusesAValueOutOfBounds(String model) throws Exception {
        assertThat(client.post(model).statusCode()).isEqualTo(400);
    }

    @Test
    void doesNotKnowAnotherModel() throws Exception {
        HttpResponse<String> response = client.post("gpt-x");

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body()).contains("model_not_found");
    }
}
