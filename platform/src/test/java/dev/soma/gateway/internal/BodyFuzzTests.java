package dev.soma.gateway.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.harness.Actors;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.json.BodyReader;
import dev.soma.kernel.json.CanonicalJson;
import java.util.List;
import java.util.function.Function;

/// Bodies of requests: read, or refused with a problem that blames the caller.
class BodyFuzzTests {
    private static final ActorContext ANN = Actors.user("acme", "ann", "chat");
    private static final List<Function<BodyReader, Object>> READERS =
            List.of(
                    body -> EvaluateBody.read(ANN, body),
                    AuthZen::read,
                    AuthZen::readBatch,
                    OpenAiChat::read,
                    bytes -> NativeChat.read(bytes, true),
                    body ->
                            AuthZen.template(body, AccessSearch.Wanted.SUBJECT)
                                    .question()
                                    .apply("x"),
                    body ->
                            AuthZen.template(body, AccessSearch.Wanted.ACTION)
                                    .question()
                                    .apply("x"));

    /// What is passed on or hashed later must have a form then.
    private static void requireWritable(Object read) {
        switch (read) {
            case EvaluationRoutes.Question question ->
                    assertThat(CanonicalJson.JCS.canWrite(question.request().metadata())).isTrue();
            case AuthZen.Batch batch -> batch.questions().forEach(BodyFuzzTests::requireWritable);
            case OpenAiChat chat ->
                    assertThat(CanonicalJson.JCS.canWrite(chat.turn().parameters())).isTrue();
            case TurnRequest request ->
                    assertThat(CanonicalJson.JCS.canWrite(request.parameters())).isTrue();
            default -> throw new AssertionError(read.getClass());
        }
    }

    @FuzzTest(maxDuration = "60s")
    void aBodyIsReadOrRefused(byte[] bytes) {
        for (Function<BodyReader, Object> reader : READERS) {
            try {
                requireWritable(reader.apply(BodyReader.of(bytes)));
            } catch (ProblemException refused) {
                assertThat(refused.problem().kind().status()).isBetween(400, 413);
            }
        }
    }
}
