package dev.soma.constitution.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.constitution.internal.ConstitutionRepository.Activation;
import dev.soma.constitution.internal.ConstitutionRepository.Origin;
import dev.soma.harness.ModuleDatabase;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What the database says of activations.
class ConstitutionRepositoryIntegrationTests {
    private ModuleDatabase database;
    private ConstitutionRepository repository;

    @BeforeEach
    void open() throws Exception {
        database = new ModuleDatabase("constitution");
        repository = new ConstitutionRepository(database.jdbc(), database.pipeline());
    }

    @AfterEach
    void close() {
        database.close();
    }

    private static Activation activation(long epoch, String hash, Origin origin) {
        return new Activation(epoch, hash, "1", List.of("founder"), new byte[] {1}, origin);
    }

    @Test
    void aConfirmationThatComesTooLateTakesNothingAway() {
        Activation first = activation(1, "aa", Origin.SOURCE);
        Activation second = activation(2, "bb", Origin.DRAFT);
        repository.activate(first, "somabrain", Optional.empty());
        repository.confirm(first);
        repository.activate(second, "somabrain", Optional.of("aa"));
        repository.confirm(second);
        repository.confirm(first);
        assertThat(repository.ageMillis("bb")).isPresent();
        assertThat(repository.ageMillis("aa")).isEmpty();
    }

    @Test
    void aDocumentMayBeActivatedAgainAndTheSourcesLastOneIsKnown() {
        repository.activate(activation(1, "aa", Origin.SOURCE), "somabrain", Optional.empty());
        repository.activate(activation(2, "bb", Origin.SOURCE), "somabrain", Optional.of("aa"));
        repository.activate(activation(3, "aa", Origin.ROLLBACK), "somabrain", Optional.of("bb"));
        assertThat(repository.latest().map(Activation::hash)).contains("aa");
        assertThat(repository.latest().map(Activation::origin)).contains(Origin.ROLLBACK);
        assertThat(repository.lastOfSource()).contains("bb");
        assertThat(repository.wasActive("bb")).isTrue();
    }
}
