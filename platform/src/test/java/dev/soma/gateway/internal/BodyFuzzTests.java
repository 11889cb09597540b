package dev.soma.gateway.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.soma.harness.Actors;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.json.BodyReader;
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
                    NativeChat::read,
                    body ->
                            AuthZen.template(body, AccessSearch.Wanted.SUBJECT)
                                    .question()
                                    .apply("x"),
                    body ->
                            AuthZen.template(body, AccessSearch.Wanted.ACTION)
                                    .question()
                                    .apply("x"));

    @FuzzTest(maxDuration = "60s")
    void aBodyIsReadOrRefused(byte[] bytes) {
        for (Function<BodyReader, Object> reader : READERS) {
            try {
                assertThat(reader.apply(BodyReader.of(bytes))).isNotNull();
            } catch (ProblemException refused) {
                assertThat(refused.problem().kind().status()).isBetween(400, 413);
            }
        }
    }
}
