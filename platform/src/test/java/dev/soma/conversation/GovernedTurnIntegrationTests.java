package dev.soma.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.bench.ScriptedProvider;
import dev.soma.harness.TestPlatform;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// One turn from the door to the provider and back, on real engines.
class GovernedTurnIntegrationTests {
    private static TestPlatform platform;
    private static ScriptedProvider provider;
    private static String key;

    @BeforeAll
    static void start() throws Exception {
        platform = TestPlatform.governed(Map.of());
        provider = ScriptedProvider.start(0);
        platform.provider(
                "scripted", URI.create(provider.uri() + "/v1"), "scripted", "scripted:frames=8");
        key = platform.tenant("acme");
    }

    @AfterAll
    static void stop() throws Exception {
        provider.close();
        platform.close();
    }

    @Test
    void answersAnAllowedPromptAndNamesItsDecision() throws Exception {
        var answer =
                platform.post(
                        "/v1/chat/completions",
                        key,
                        "{\"model\":\"scripted/scripted\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("X-Policy-Decision")).contains("allow");
        assertThat(answer.headers().firstValue("X-Policy-Score")).contains("1.0");
        assertThat(answer.body()).contains(ScriptedProvider.textOf("scripted"));
    }
}
