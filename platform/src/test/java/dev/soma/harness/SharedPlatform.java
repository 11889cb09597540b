package dev.soma.harness;

import dev.soma.bench.ScriptedProvider;
import java.net.URI;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/// One governed platform and one scripted provider for all classes of this JVM that keep to tenants
/// of their own and change nothing which others rely on. Its waits are short.
public final class SharedPlatform implements BeforeAllCallback {
    private static volatile @Nullable Running running;

    /// What is started once and closed after the last test.
    public record Running(TestPlatform platform, ScriptedProvider provider)
            implements AutoCloseable {
        @Override
        public void close() {
            provider.close();
            platform.close();
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        running =
                context.getRoot()
                        .getStore(Namespace.GLOBAL)
                        .computeIfAbsent("shared-platform", name -> start(), Running.class);
    }

    private static Running start() {
        try {
            TestPlatform platform =
                    TestPlatform.governed(
                            Map.of(
                                    "soma.provider.first-byte-timeout-millis", "3000",
                                    "soma.provider.idle-timeout-millis", "1000",
                                    "soma.gateway.header-timeout-millis", "1500",
                                    "soma.gateway.body-timeout-millis", "1500",
                                    "soma.gateway.stall-timeout-millis", "1500",
                                    "soma.conversation.drain-millis", "300",
                                    "soma.provider.max-answer-bytes", "134217728"));
            ScriptedProvider provider = ScriptedProvider.start(0);
            platform.provider("scripted", URI.create(provider.uri() + "/v1"), "scripted");
            return new Running(platform, provider);
        } catch (Exception e) {
            throw new IllegalStateException("the shared platform did not start", e);
        }
    }

    private static Running running() {
        return Objects.requireNonNull(running, "the test class lacks this extension");
    }

    public static TestPlatform platform() {
        return running().platform();
    }

    public static ScriptedProvider provider() {
        return running().provider();
    }
}
