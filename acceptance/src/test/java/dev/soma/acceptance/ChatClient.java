package dev.soma.acceptance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Asks for turns in the three dialects and notes how far each was acknowledged, also when the
/// platform dies in the middle of an answer.
final class ChatClient {
    private static final int OK = 200;

    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(2))
                    .build();
    private final Http http;
    private final String key;

    ChatClient(String gateway, String key) {
        this.http = new Http(gateway);
        this.key = key;
    }

    /// How far the platform acknowledged a turn before the answer ended.
    enum Reached {
        /// No answer, or none that acknowledges anything.
        NOTHING,
        /// A refusal; [Heard#status()] says which.
        REFUSED,
        /// The turn has an id on the wire.
        ACCEPTED,
        /// The whole answer arrived with its end.
        COMPLETED,
        /// The platform said that the turn failed.
        FAILED
    }

    /// What the client heard of one turn. Written by the thread that reads the answer.
    static final class Heard {
        Reached reached = Reached.NOTHING;
        int status;
        String turn = "";
        String session = "";
        String decision = "";
        String verdict = "";
        String textSha256 = "";
        String problem = "";
        long tokens = -1;

        /// Frames of the native dialect that arrived whole, as they were.
        final List<String> frames = new ArrayList<>();

        private final MessageDigest text = sha256();

        private void say(String piece) {
            text.update(piece.getBytes(StandardCharsets.UTF_8));
        }

        private void completed(String claimedSha256) {
            textSha256 = HexFormat.of().formatHex(text.digest());
            if (!claimedSha256.isEmpty() && !claimedSha256.equals(textSha256)) {
                throw new AssertionError(
                        "turn %s: the text that arrived has sha256 %s, the platform says %s"
                                .formatted(turn, textSha256, claimedSha256));
            }
            reached = Reached.COMPLETED;
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }

    /// `POST /v1/chat/stream` in a session of its own name.
    Heard inSession(String session, String model, String prompt) throws InterruptedException {
        ObjectNode body = JsonMapper.shared().createObjectNode();
        body.put("session_id", session).put("model", model).put("prompt", prompt);
        body.put("max_tokens", 64);
        return ask(
                "/v1/chat/stream",
                body,
                (answer, heard) ->
                        frames(
                                answer,
                                heard.frames,
                                (name, data) -> nativeFrame(heard, name, data)));
    }

    /// `POST /v1/chat/completions` with `stream`.
    Heard streamed(String model, String prompt) throws InterruptedException {
        return ask(
                "/v1/chat/completions",
                openAi(model, prompt).put("stream", true),
                (answer, heard) ->
                        frames(
                                answer,
                                new ArrayList<>(),
                                (name, data) -> openAiFrame(heard, data)));
    }

    /// `POST /v1/chat/completions` without `stream`.
    Heard whole(String model, String prompt) throws InterruptedException {
        return ask(
                "/v1/chat/completions",
                openAi(model, prompt),
                (answer, heard) -> document(JsonMapper.shared().readTree(answer), heard));
    }

    private static ObjectNode openAi(String model, String prompt) {
        ObjectNode body = JsonMapper.shared().createObjectNode();
        body.put("model", model).put("max_tokens", 64);
        body.putArray("messages").addObject().put("role", "user").put("content", prompt);
        return body;
    }

    private interface Reader {
        void read(InputStream answer, Heard heard) throws IOException;
    }

    private interface Frame {
        void take(String name, String data);
    }

    private Heard ask(String path, ObjectNode body, Reader reader) throws InterruptedException {
        Heard heard = new Heard();
        HttpRequest request =
                http.request(path, key)
                        .timeout(Duration.ofSeconds(20))
                        .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                        .build();
        try {
            HttpResponse<InputStream> answer =
                    client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            heard.status = answer.statusCode();
            heard.decision = answer.headers().firstValue("X-Decision-Id").orElse("");
            heard.verdict = answer.headers().firstValue("X-Policy-Decision").orElse("");
            try (InputStream in = answer.body()) {
                if (heard.status == OK) {
                    reader.read(in, heard);
                } else {
                    heard.problem = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                    heard.reached = Reached.REFUSED;
                }
            }
        } catch (IOException brokenOff) {
            heard.problem = String.valueOf(brokenOff);
        }
        return heard;
    }

    private static void frames(InputStream answer, List<String> whole, Frame frame)
            throws IOException {
        StringBuilder lineByLine = new StringBuilder();
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(answer, StandardCharsets.UTF_8));
        String name = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("event: ")) {
                name = line.substring(7);
            } else if (line.startsWith("data: ")) {
                frame.take(name, line.substring(6));
            }
            if (!line.isEmpty()) {
                lineByLine.append(line).append('\n');
            } else if (!lineByLine.isEmpty()) {
                whole.add(lineByLine.toString());
                lineByLine.setLength(0);
            }
        }
    }

    private static void nativeFrame(Heard heard, String name, String text) {
        JsonNode data = JsonMapper.shared().readTree(text);
        switch (name) {
            case "turn.accepted" -> {
                heard.turn = data.path("turn_id").asString("");
                heard.session = data.path("session_id").asString("");
                heard.reached = Reached.ACCEPTED;
            }
            case "delta" -> heard.say(data.path("text").asString(""));
            case "turn.completed" -> {
                JsonNode usage = data.path("usage");
                heard.tokens =
                        usage.path("input_tokens").asLong() + usage.path("output_tokens").asLong();
                heard.completed(data.path("text_sha256").asString(""));
            }
            case "turn.failed" -> {
                heard.problem = text;
                heard.reached = Reached.FAILED;
            }
            default -> heard.problem = "";
        }
    }

    private static void openAiFrame(Heard heard, String text) {
        if (text.equals("[DONE]")) {
            heard.completed("");
            return;
        }
        JsonNode data = JsonMapper.shared().readTree(text);
        if (data.has("error")) {
            heard.problem = text;
            heard.reached = Reached.FAILED;
            return;
        }
        heard.turn = turnOf(data);
        heard.reached = Reached.ACCEPTED;
        heard.say(data.path("choices").path(0).path("delta").path("content").asString(""));
    }

    private static void document(JsonNode data, Heard heard) {
        heard.turn = turnOf(data);
        heard.tokens = data.path("usage").path("total_tokens").asLong();
        heard.say(data.path("choices").path(0).path("message").path("content").asString(""));
        heard.completed("");
    }

    private static String turnOf(JsonNode data) {
        return data.path("id").asString("").replace("chatcmpl-", "");
    }
}
