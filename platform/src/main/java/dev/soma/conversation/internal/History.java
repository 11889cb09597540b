package dev.soma.conversation.internal;

import dev.soma.conversation.TurnEvent.Channel;
import dev.soma.conversation.TurnEvent.Delta;
import dev.soma.conversation.internal.JournalRepository.Place;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.policy.Prompt.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// What was said in a session: what callers said is kept with each turn, what models answered is
/// read from the journal. Turns that failed or were cut have no place in it.
class History {
    private final JdbcClient jdbc;

    History(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /// The form in which a turn keeps what its caller said.
    static byte[] encode(List<Message> messages) {
        return CanonicalJson.JCS.bytes(
                JsonValue.object()
                        .put(
                                "messages",
                                JsonValue.array(
                                        messages.stream()
                                                .map(
                                                        message ->
                                                                JsonValue.object()
                                                                        .put("role", message.role())
                                                                        .put("text", message.text())
                                                                        .build())
                                                .toList()))
                        .build());
    }

    /// Everything said so far, in order.
    List<Message> read(Place place) {
        Map<UUID, byte[]> asked = new LinkedHashMap<>();
        jdbc.sql(
                        """
                        SELECT id, input FROM turn
                        WHERE tenant = ? AND session = ? AND input IS NOT NULL AND in_history
                          AND state IN ('COMPLETED', 'STOPPED')
                        ORDER BY started_at, id
                        """)
                .param(place.tenant())
                .param(place.session())
                .query(
                        row -> {
                            asked.put(row.getObject(1, UUID.class), row.getBytes(2));
                        });
        if (asked.isEmpty()) {
            return List.of();
        }
        Map<UUID, StringBuilder> answers = answers(place, asked.keySet().stream().toList());
        List<Message> messages = new ArrayList<>();
        asked.forEach(
                (turn, input) -> {
                    messages.addAll(decode(input));
                    StringBuilder answer = answers.get(turn);
                    if (answer != null) {
                        messages.add(new Message("assistant", answer.toString()));
                    }
                });
        return messages;
    }

    private Map<UUID, StringBuilder> answers(Place place, List<UUID> turns) {
        Map<UUID, StringBuilder> answers = new LinkedHashMap<>();
        jdbc.sql(
                        """
                        SELECT turn, frames FROM conversation_log
                        WHERE tenant = ? AND session = ? AND turn = ANY(?::uuid[]) ORDER BY first_seq
                        """)
                .param(place.tenant())
                .param(place.session())
                .param(turns.stream().map(UUID::toString).toArray(String[]::new))
                .query(
                        row -> {
                            StringBuilder answer =
                                    answers.computeIfAbsent(
                                            row.getObject(1, UUID.class),
                                            turn -> new StringBuilder());
                            for (var event : NativeFrames.read(row.getBytes(2))) {
                                if (event instanceof Delta(Channel channel, String text)
                                        && channel == Channel.TEXT) {
                                    answer.append(text);
                                }
                            }
                        });
        return answers;
    }

    private static List<Message> decode(byte[] input) {
        try {
            List<Message> messages = new ArrayList<>();
            for (JsonValue item : StrictJson.parseObject(input).items("messages")) {
                if (item instanceof JsonObject message) {
                    messages.add(
                            new Message(
                                    message.text("role").orElseThrow(),
                                    message.text("text").orElseThrow()));
                }
            }
            return messages;
        } catch (MalformedJson e) {
            throw new IllegalStateException("what a caller said is kept as JSON", e);
        }
    }
}
