package dev.soma.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class ScriptedStreamTests extends ProviderCase {
    private static final String ASKS_FOR_USAGE =
            "{\"model\":\"%s\",\"stream\":true,\"stream_options\":{\"include_usage\":true},"
                    + "\"messages\":[{\"role\":\"user\",\"content\":\"one two\"}]}";

    @Test
    void streamsSixtyFourFramesInAboutTwelveKilobytes() throws Exception {
        HttpResponse<String> response = client.stream("scripted");

        List<String> events = Client.events(response.body());
        assertThat(response.body().length()).isBetween(12_000, 13_000);
        assertThat(String.join("", Client.words(events)))
                .isEqualTo(ScriptedProvider.textOf("scripted"));
        assertThat(Client.words(events)).hasSize(64);
        assertThat(events.getLast()).isEqualTo("[DONE]");
        assertThat(response.body()).doesNotContain("\"usage\"");
    }

    @Test
    void tellsTrueUsageWhenItIsAskedFor() throws Exception {
        HttpResponse<String> response =
                client.send(client.request(ASKS_FOR_USAGE.formatted("scripted:frames=5")));

        JsonNode last = Client.json(Client.events(response.body()).get(7));
        assertThat(last.path("choices").isEmpty()).isTrue();
        assertThat(last.path("usage").path("prompt_tokens").asLong()).isEqualTo(2);
        assertThat(last.path("usage").path("completion_tokens").asLong()).isEqualTo(5);
    }

    @Test
    void tellsNoUsageAtAll() throws Exception {
        String body = ASKS_FOR_USAGE.formatted("scripted:frames=2,usage=none");

        assertThat(client.send(client.request(body)).body())
                .doesNotContain("usage")
                .contains("[DONE]");
        assertThat(last().truth().told()).isNull();
    }

    @Test
    void tellsUsageLateButBeforeTheEndMark() throws Exception {
        long start = System.nanoTime();

        List<String> events = Client.events(client.stream("scripted:frames=1,usage=late").body());

        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isGreaterThan(Duration.ofMillis(190));
        assertThat(events.get(events.size() - 2)).contains("\"usage\"");
    }

    @Test
    void tellsUsageBehindTheEndMark() throws Exception {
        List<String> events =
                Client.events(client.stream("scripted:frames=1,usage=afterdone").body());

        assertThat(events.get(events.size() - 2)).isEqualTo("[DONE]");
        assertThat(events.getLast()).contains("\"usage\"");
    }

    @Test
    void tellsUsageInAChunkWhoseChoicesAreNotEmpty() throws Exception {
        List<String> events =
                Client.events(client.stream("scripted:frames=1,usage=wrongchoices").body());

        JsonNode finish = Client.json(events.get(events.size() - 2));
        assertThat(finish.path("choices").size()).isEqualTo(1);
        assertThat(finish.path("usage").path("completion_tokens").asLong()).isEqualTo(1);
    }

    @Test
    void tellsARunningCountInEachFrame() throws Exception {
        List<String> events = Client.events(client.stream("scripted:frames=3,usage=every").body());

        assertThat(events.subList(1, 4))
                .extracting(
                        event ->
                                Client.json(event).path("usage").path("completion_tokens").asLong())
                .containsExactly(1L, 2L, 3L);
    }

    @Test
    void tellsNegativeOrHugeUsage() throws Exception {
        assertThat(client.stream("scripted:frames=2,usage=negative").body())
                .contains("\"completion_tokens\":-3");
        assertThat(client.stream("scripted:frames=2,usage=huge").body())
                .contains("\"total_tokens\":9223372036854775807");
    }

    @Test
    void closesTheConnectionAfterTheCutFrame() throws Exception {
        String request = Client.rawRequest(Client.body("scripted:cut=4", true, ""));

        String raw = new String(client.raw(request, Integer.MAX_VALUE), StandardCharsets.UTF_8);

        assertThat(raw.split("\"content\":\"[a-z]", -1)).hasSize(5);
        assertThat(raw).doesNotContain("[DONE]").doesNotEndWith("0\r\n\r\n");
        assertThatThrownBy(() -> client.stream("scripted:cut=4")).isInstanceOf(IOException.class);
        assertThat(last().framesSent()).isEqualTo(4);
        assertThat(last().truth().counted().completionTokens()).isEqualTo(4);
    }

    @Test
    void stallsAfterTheFrameAndSeesTheClientLeave() throws Exception {
        try (InputStream in = client.open("scripted:stall=3").body();
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (int data = 0; data < 4; ) {
                data += String.valueOf(lines.readLine()).startsWith("data:") ? 1 : 0;
            }
        }

        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(last().disconnectedAtFrame()).isEqualTo(3));
    }

    @Test
    void stopsWritingWhenTheClientLeavesInTheMiddle() throws Exception {
        try (InputStream in = client.open("scripted:frames=1000,pace=5ms").body()) {
            assertThat(in.read()).isEqualTo('d');
        }

        await().atMost(Duration.ofSeconds(5)).until(() -> last().disconnectedAtFrame() != null);
        assertThat(last().disconnectedAtFrame()).isEqualTo(last().framesSent()).isLessThan(1000);
        assertThat(last().finished()).isFalse();
    }

    @Test
    void cutsTheJsonOfOneFrameShort() throws Exception {
        List<String> events = Client.events(client.stream("scripted:frames=9,malformed=7").body());

        assertThatThrownBy(() -> Client.json(events.get(7))).isInstanceOf(RuntimeException.class);
        assertThat(Client.words(events)).hasSize(8);
        assertThat(events.getLast()).isEqualTo("[DONE]");
    }

    @Test
    void endsWithAnErrorInPlaceOfAFrame() throws Exception {
        List<String> events =
                Client.events(client.stream("scripted:frames=9,error-frame=3").body());

        assertThat(Client.words(events)).hasSize(2);
        assertThat(Client.json(events.getLast()).path("error").path("code").asString())
                .isEqualTo("scripted");
    }

    @Test
    void sendsEmptyDeltasBeforeTheFirstWord() throws Exception {
        List<String> events =
                Client.events(client.stream("scripted:frames=1,empty-deltas=5000").body());

        assertThat(
                        events.stream()
                                .filter(
                                        event ->
                                                event.contains(
                                                        "\"delta\":{},\"finish_reason\":null")))
                .hasSize(5000);
        assertThat(Client.words(events)).hasSize(1);
    }

    @Test
    void endsWithoutTheEndMark() throws Exception {
        String stream = client.stream("scripted:frames=2,no-done,finish=length").body();

        assertThat(stream).doesNotContain("[DONE]").contains("\"finish_reason\":\"length\"");
    }

    @Test
    void keepsThePaceByPlan() throws Exception {
        long start = System.nanoTime();

        client.stream("scripted:frames=11,pace=20ms");

        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .isGreaterThanOrEqualTo(Duration.ofMillis(199));
    }

    @Test
    void dividesACharacterBetweenTwoWrites() throws Exception {
        String request = Client.rawRequest(Client.body("scripted:frames=3,split=utf8", true, ""));

        String raw =
                new String(client.raw(request, Integer.MAX_VALUE), StandardCharsets.ISO_8859_1);

        // A chunk that ends behind the first byte of a character: its next byte comes behind the
        // next chunk's size.
        assertThat(raw).containsPattern("[\\u00c3-\\u00ed]\r\n[0-9a-f]+\r\n[\\u0080-\\u00bf]");
        assertThat(
                        Client.words(
                                Client.events(
                                        client.stream("scripted:frames=3,split=utf8").body())))
                .containsExactly(
                        Words.word(script(), 1), Words.word(script(), 2), Words.word(script(), 3));
    }

    private static Script script() {
        return ((Script.Reading.Read) Script.read("scripted:frames=3,split=utf8")).script();
    }

    @ParameterizedTest
    @ValueSource(strings = {"scripted:frames=4,split=bytes", "scripted:frames=4,burst=3"})
    void sendsTheSameTextInOtherPieces(String model) throws Exception {
        assertThat(Client.words(Client.events(client.stream(model).body())))
                .containsExactlyElementsOf(
                        Client.words(Client.events(client.stream("scripted:frames=4").body())));
    }

    @Test
    void padsFramesToTheirSize() throws Exception {
        String stream = client.stream("scripted:frames=3,frame-bytes=500").body();

        assertThat(Client.events(stream).subList(1, 4))
                .allMatch(event -> event.length() + 8 == 500);
    }

    @Test
    void continuesTheTextOfAnAssistantMessage() throws Exception {
        String text = ScriptedProvider.textOf("scripted:frames=6");
        String begun = text.substring(0, text.indexOf("field"));
        String more = ",{\"role\":\"assistant\",\"content\":\"" + begun + "\"}";

        HttpResponse<String> response =
                client.send(client.request(Client.body("scripted:frames=6", true, more)));

        List<String> words = Client.words(Client.events(response.body()));
        assertThat(begun + String.join("", words)).isEqualTo(text);
        assertThat(last().truth().counted().completionTokens())
                .isEqualTo(words.size())
                .isEqualTo(2);
    }
}
