package dev.soma.conversation.internal;

import dev.soma.conversation.ChatMessage;
import dev.soma.conversation.ChatMessage.ToolCall;
import dev.soma.conversation.TurnEvent;
import dev.soma.conversation.TurnEvent.Channel;
import dev.soma.conversation.TurnEvent.Delta;
import dev.soma.conversation.TurnEvent.ToolCalled;
import dev.soma.conversation.internal.JournalRepository.Place;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;

/// What was said in a session: what callers said is kept with each turn, what models answered is
/// read from the journal. Turns that failed or were cut have no place in it.
class History {
    /// Turns that one may follow.
    private static final int MAX_CHAIN = 512;

    private final JdbcClient jdbc;

    History(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /// The form in which a turn keeps what its caller said.
    ///
    /// @param echo of the request, for the dialect that asked
    static byte[] encode(List<ChatMessage> messages, Optional<JsonObject> echo) {
        var kept =
                JsonValue.object()
                        .put(
                                "messages",
                                JsonValue.array(
                                        messages.stream().map(ChatMessage::document).toList()));
        echo.ifPresent(request -> kept.put("echo", request));
        return CanonicalJson.JCS.bytes(kept.build());
    }

    /// Everything said so far, in order.
    List<ChatMessage> read(Place place) {
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
        return messages(place.tenant(), List.of(place.session()), asked);
    }

    /// Everything said in the turns that lead to one, in order, with that one the last.
    ///
    /// @return empty when there is no such turn of this user, or nothing is kept of it any more
    Optional<List<ChatMessage>> upTo(String tenant, String user, UUID turn) {
        Map<UUID, byte[]> asked = new LinkedHashMap<>();
        jdbc.sql(
                        """
                        WITH RECURSIVE chain AS (
                          SELECT id, after_turn, input, 1 AS length FROM turn
                          WHERE id = :turn AND tenant = :tenant AND owner = :owner AND input IS NOT NULL
                          UNION ALL
                          SELECT t.id, t.after_turn, t.input, c.length + 1 FROM turn t JOIN chain c ON t.id = c.after_turn
                          WHERE t.tenant = :tenant AND t.owner = :owner AND t.input IS NOT NULL AND c.length < :most)
                        SELECT id, input FROM chain ORDER BY length DESC
                        """)
                .param("turn", turn)
                .param("tenant", tenant)
                .param("owner", user)
                .param("most", MAX_CHAIN)
                .query(
                        row -> {
                            asked.put(row.getObject(1, UUID.class), row.getBytes(2));
                        });
        return asked.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        messages(
                                tenant,
                                asked.keySet().stream().map(UUID::toString).toList(),
                                asked));
    }

    private List<ChatMessage> messages(
            String tenant, List<String> sessions, Map<UUID, byte[]> asked) {
        Map<UUID, Answer> answers = answers(tenant, sessions, asked.keySet().stream().toList());
        List<ChatMessage> messages = new ArrayList<>();
        asked.forEach(
                (turn, input) -> {
                    messages.addAll(decode(input));
                    Answer answer = answers.get(turn);
                    if (answer != null) {
                        messages.add(answer.message());
                    }
                });
        return messages;
    }

    /// What a model answered.
    private record Answer(StringBuilder text, List<ToolCall> calls) {
        ChatMessage message() {
            return new ChatMessage("assistant", text.toString(), calls, Optional.empty());
        }

        void hear(TurnEvent event) {
            switch (event) {
                case Delta(Channel channel, String piece) when channel == Channel.TEXT ->
                        text.append(piece);
                case ToolCalled(int index, ToolCall call) -> calls.add(call);
                default -> {}
            }
        }
    }

    private Map<UUID, Answer> answers(String tenant, List<String> sessions, List<UUID> turns) {
        Map<UUID, Answer> answers = new LinkedHashMap<>();
        jdbc.sql(
                        """
                        SELECT turn, frames FROM conversation_log
                        WHERE tenant = ? AND session = ANY(?::text[]) AND turn = ANY(?::uuid[])
                        ORDER BY session, first_seq
                        """)
                .param(tenant)
                .param(sessions.toArray(String[]::new))
                .param(turns.stream().map(UUID::toString).toArray(String[]::new))
                .query(
                        row -> {
                            Answer answer =
                                    answers.computeIfAbsent(
                                            row.getObject(1, UUID.class),
                                            turn ->
                                                    new Answer(
                                                            new StringBuilder(),
                                                            new ArrayList<>()));
                            NativeFrames.read(row.getBytes(2)).forEach(answer::hear);
                        });
        return answers;
    }

    /// What a dialect wanted to be kept of its request.
    static Optional<JsonObject> echo(byte[] input) {
        try {
            return StrictJson.parseObject(input).object("echo");
        } catch (MalformedJson e) {
            throw new IllegalStateException("what a caller said is kept as JSON", e);
        }
    }

    private static List<ChatMessage> decode(byte[] input) {
        try {
            List<ChatMessage> messages = new ArrayList<>();
            for (JsonValue item : StrictJson.parseObject(input).items("messages")) {
                if (item instanceof JsonObject message) {
                    messages.add(ChatMessage.of(message));
                }
            }
            return messages;
        } catch (MalformedJson e) {
            throw new IllegalStateException("what a caller said is kept as JSON", e);
        }
    }
}
