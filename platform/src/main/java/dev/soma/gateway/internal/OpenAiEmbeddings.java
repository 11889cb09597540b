package dev.soma.gateway.internal;

import dev.soma.conversation.ChatMessage;
import dev.soma.conversation.TurnEvent.Began;
import dev.soma.conversation.TurnEvent.Embedded;
import dev.soma.conversation.Turns.Delivery;
import dev.soma.conversation.Turns.OnDisconnect;
import dev.soma.conversation.Turns.Past;
import dev.soma.conversation.Turns.Task;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.JsonText;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonArray;
import dev.soma.kernel.json.JsonValue.JsonString;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import dev.soma.metering.Ledger.Usage;
import dev.soma.provider.ProviderClient.Operation;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// `POST /v1/embeddings` of OpenAI: a turn whose answer is vectors. It is judged, paid, journaled
/// and settled like any other.
final class OpenAiEmbeddings extends WholeAnswer {
    private static final int MAX_TEXTS = 128;
    private static final int MAX_DIMENSIONS = 16_384;

    private final boolean base64;
    private final List<Embedded> vectors = new ArrayList<>();

    OpenAiEmbeddings(Exchange exchange, boolean base64) {
        super(exchange);
        this.base64 = base64;
    }

    /// What is asked.
    ///
    /// @param base64 whether vectors are wanted in that form, else as numbers
    record Asked(TurnRequest turn, boolean base64) {}

    static Asked read(BodyReader body) {
        String model = body.optionalText("model").orElse("");
        List<ChatMessage> texts =
                texts(body).stream().map(text -> new ChatMessage("user", text)).toList();
        String format = body.optionalText("encoding_format").orElse("float");
        if (!format.equals("float") && !format.equals("base64")) {
            throw body.refused("encoding_format", "must be float or base64");
        }
        ObjectBuilder parameters = JsonValue.object();
        body.optionalLong("dimensions", 1, MAX_DIMENSIONS)
                .ifPresent(dimensions -> parameters.put("dimensions", dimensions));
        body.optionalText("user");
        body.finish();
        TurnRequest turn =
                new TurnRequest(
                        Past.ALONE,
                        model,
                        texts,
                        OptionalLong.of(0),
                        new Task(Operation.EMBEDDINGS, parameters.build()),
                        new Delivery(false, Optional.empty(), OnDisconnect.DRAIN, Optional.empty()),
                        Optional.empty());
        return new Asked(turn, format.equals("base64"));
    }

    private static List<String> texts(BodyReader body) {
        JsonValue input = body.value("input").orElseThrow(() -> body.refused("input", "is needed"));
        List<JsonValue> items =
                input instanceof JsonArray(List<JsonValue> several) ? several : List.of(input);
        List<String> texts = new ArrayList<>(items.size());
        for (JsonValue item : items) {
            if (!(item instanceof JsonString(String text)) || text.isEmpty()) {
                throw body.refused(
                        "input", "must be text or a list of texts; tokens cannot be judged");
            }
            texts.add(text);
        }
        if (texts.isEmpty() || texts.size() > MAX_TEXTS) {
            throw body.refused("input", "must hold 1 to %d texts".formatted(MAX_TEXTS));
        }
        return texts;
    }

    @Override
    void embedded(Embedded vector) {
        vectors.add(vector);
    }

    @Override
    void finish(String reason, Usage usage) {
        Began turn = turn();
        StringBuilder body = new StringBuilder("{\"object\":\"list\",\"data\":[");
        for (int i = 0; i < vectors.size(); i++) {
            body.append(i == 0 ? "" : ",").append("{\"object\":\"embedding\",\"index\":");
            body.append(vectors.get(i).index()).append(",\"embedding\":");
            append(body, vectors.get(i).base64());
            body.append('}');
        }
        JsonText.append(body.append("],\"model\":"), turn.model());
        body.append(",\"usage\":{\"prompt_tokens\":").append(usage.inputTokens());
        body.append(",\"total_tokens\":").append(usage.tokens()).append("}}");
        exchange.text(200, "application/json", body.toString());
    }

    private void append(StringBuilder body, String vector) {
        if (base64) {
            JsonText.append(body, vector);
            return;
        }
        FloatBuffer numbers =
                ByteBuffer.wrap(Base64.getDecoder().decode(vector))
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer();
        body.append('[').append(numbers.get());
        while (numbers.hasRemaining()) {
            body.append(',').append(numbers.get());
        }
        body.append(']');
    }
}
