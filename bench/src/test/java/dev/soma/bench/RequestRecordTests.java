package dev.soma.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class RequestRecordTests extends ProviderCase {
    @Test
    void recordsTheRequestWithoutItsCredential() throws Exception {
        String body = Client.body("scripted:frames=2", false, "");
        String parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

        client.send(
                client.request(body)
                        .header("authorization", "Bearer sk-secret")
                        .header("traceparent", parent)
                        .header("x-request-id", "r-1"));

        RecordedRequest recorded = provider.find("r-1").orElseThrow();
        byte[] digest =
                MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8));
        assertThat(recorded.traceparent()).isEqualTo(parent);
        assertThat(recorded.authorizationPresent()).isTrue();
        assertThat(recorded.toString()).doesNotContain("sk-secret");
        assertThat(recorded.bodySha256()).isEqualTo(HexFormat.of().formatHex(digest));
        assertThat(recorded.path()).isEqualTo("/v1/chat/completions");
        assertThat(provider.find(recorded.responseId())).contains(recorded);
    }

    @Test
    void listsRequestsSinceANumber() throws Exception {
        client.post("scripted:frames=1");
        long before = client.get("/control/requests?since=0").path("next").asLong();
        client.stream("scripted:frames=3");

        JsonNode page = client.get("/control/requests?since=" + before);

        assertThat(page.path("requests").size()).isEqualTo(1);
        assertThat(page.path("requests").path(0).path("frames_sent").asInt()).isEqualTo(3);
        assertThat(page.path("next").asLong()).isEqualTo(before + 1);
    }

    @Test
    void countsWhatItDid() throws Exception {
        Counters before = provider.counters();

        client.stream("scripted:frames=5");
        client.post("scripted:frames=2");

        Counters after = provider.counters();
        assertThat(after.requests() - before.requests()).isEqualTo(2);
        assertThat(after.streams() - before.streams()).isEqualTo(1);
        assertThat(after.frames() - before.frames()).isEqualTo(7);
    }

    @Test
    void listsItsModelAndItsHealth() throws Exception {
        assertThat(client.get("/v1/models").path("data").path(0).path("id").asString())
                .isEqualTo("scripted");
        assertThat(client.get("/health").path("status").asString()).isEqualTo("ok");
        assertThat(client.get("/control/truth/nothing").path("error").path("code").asString())
                .isEqualTo("not_found");
    }

    @Test
    void readsAChunkedBodyInPieces() throws Exception {
        String body = Client.body("scripted:frames=1", false, "");
        String request =
                "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
                        + "transfer-encoding: chunked\r\n\r\n5;note=x\r\n"
                        + body.substring(0, 5)
                        + "\r\n"
                        + Integer.toHexString(body.length() - 5)
                        + "\r\n"
                        + body.substring(5)
                        + "\r\n0\r\ntrailer: y\r\n\r\n";

        String raw = new String(client.raw(request, Integer.MAX_VALUE), StandardCharsets.UTF_8);

        assertThat(raw).startsWith("HTTP/1.1 200").contains("chat.completion");
    }

    @Test
    void answersTwoRequestsOnOneConnectionInOrder() throws Exception {
        String first =
                Client.rawRequest(Client.body("scripted:frames=1,delay=30ms", false, ""))
                        .replace("connection: close\r\n", "");
        String second = Client.rawRequest(Client.body("scripted:frames=2", true, ""));

        String raw =
                new String(client.raw(first + second, Integer.MAX_VALUE), StandardCharsets.UTF_8);

        assertThat(raw.indexOf("application/json")).isBetween(0, raw.indexOf("text/event-stream"));
        assertThat(raw).contains("[DONE]").endsWith("0\r\n\r\n");
    }

    @Test
    void refusesWhatIsNotHttp() throws Exception {
        String raw =
                new String(
                        client.raw("nonsense\r\n\r\n", Integer.MAX_VALUE), StandardCharsets.UTF_8);

        assertThat(raw).startsWith("HTTP/1.1 400");
    }
}
