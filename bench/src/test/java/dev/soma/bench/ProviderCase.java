package dev.soma.bench;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/// A provider on a free port for each test class.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ProviderCase {
    @SuppressWarnings("NullAway.Init")
    ScriptedProvider provider;

    @SuppressWarnings("NullAway.Init")
    Client client;

    @BeforeAll
    void start() {
        provider = ScriptedProvider.start(0);
        client = new Client(provider.uri());
    }

    @AfterAll
    void stop() {
        client.close();
        provider.close();
    }

    RecordedRequest last() {
        return provider.requests().getLast();
    }
}
