package dev.soma.runtime.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.soma.harness.Golden;
import dev.soma.runtime.StartupRefused;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// A start with a mistake in its settings does not happen.
class SettingsGuardTests {
    private static Map<String, String> needed() {
        return new HashMap<>(
                Map.of(
                        "soma.node.directory", "/tmp/n",
                        "soma.run.directory", "/tmp/r",
                        "soma.postgres.url", "jdbc:postgresql://h/d",
                        "soma.redis.url", "redis://h",
                        "soma.kafka.bootstrap-servers", "h:1",
                        "soma.constitution.key-ring-file", "/tmp/k"));
    }

    @Test
    void namesOfSettingsAreAPromise() throws Exception {
        Golden.check("settings.txt", String.join("\n", SettingsGuard.knownKeys()) + "\n");
    }

    @Test
    void theNeededOnesSuffice() {
        assertThat(SettingsGuard.bindAll(needed())).isNotEmpty();
    }

    @Test
    void anUnknownKeyNamesItsNearest() {
        Map<String, String> settings = needed();
        settings.put("soma.gateway.prot", "1");
        assertThatThrownBy(() -> SettingsGuard.bindAll(settings))
                .isInstanceOf(StartupRefused.class)
                .hasMessageContaining("'soma.gateway.prot' is not known")
                .hasMessageContaining("'soma.gateway.port'");
    }

    @Test
    void allMistakesAreToldAtOnce() {
        Map<String, String> settings = needed();
        settings.put("soma.gatway.host", "x");
        settings.put("soma.roles", "gateway,cook");
        settings.put("soma.gateway.port", "many");
        settings.put("soma.constitution.threshold", "0");
        settings.remove("soma.postgres.url");
        assertThatThrownBy(() -> SettingsGuard.bindAll(settings))
                .hasMessageContaining("soma.gatway.host")
                .hasMessageContaining("'cook' is not a role")
                .hasMessageContaining("many")
                .hasMessageContaining("soma.constitution.threshold")
                .hasMessageContaining("soma.postgres.url");
    }

    @Test
    void secretsAreNotToldInMistakes() {
        Map<String, String> settings = needed();
        settings.put("soma.redis.url", "http://:hunter2@h");
        assertThatThrownBy(() -> SettingsGuard.bindAll(settings))
                .hasMessageContaining("soma.redis.url")
                .message()
                .doesNotContain("hunter2");
    }
}
