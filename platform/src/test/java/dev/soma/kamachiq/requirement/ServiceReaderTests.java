package dev.soma.kamachiq.requirement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kamachiq.service.Service;
import dev.soma.kamachiq.service.Service.Answer;
import dev.soma.kamachiq.service.Service.Condition;
import dev.soma.kamachiq.service.Service.Field;
import dev.soma.kamachiq.service.Service.Storage;
import dev.soma.kamachiq.service.Service.Verb;
import dev.soma.kamachiq.spec.SpecReader;
import dev.soma.kamachiq.spec.SpecReading;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceReaderTests {
    private static final String NOTES =
            "A REST service that keeps notes. A note has a title (text, required). ";

    private static Reading read(String text) {
        return RequirementReader.read(Map.of("text", text));
    }

    private static Service service(String text) {
        Reading reading = read(text);
        assertThat(reading.gaps()).isEmpty();
        return reading.service().orElseThrow();
    }

    @Test
    void theShippedServiceIsUnderstoodWholly() throws Exception {
        SpecReading spec = SpecReader.read(Files.readAllBytes(Path.of("../examples/notes.yaml")));
        Reading reading = RequirementReader.read(((SpecReading.Read) spec).spec());
        assertThat(reading.gaps()).isEmpty();
        Service service = reading.service().orElseThrow();
        assertThat(service.fields())
                .containsExactly(
                        new Field("title", Service.Type.TEXT, true),
                        new Field("body", Service.Type.TEXT, false),
                        new Field("pages", Service.Type.INTEGER, false),
                        new Field("done", Service.Type.BOOLEAN, false));
        assertThat(service.verbs()).isEqualTo(EnumSet.allOf(Verb.class));
        assertThat(service.storage()).isEqualTo(Storage.SQLITE);
        assertThat(service.answer(Condition.INVALID)).isEqualTo(new Answer(422, "this is no note"));
        assertThat(service.name()).isEqualTo("notes");
    }

    @Test
    void whatIsNotSaidIsAssumedAndTold() {
        Reading reading = read(NOTES);
        assertThat(reading.gaps()).isEmpty();
        assertThat(reading.service().orElseThrow().storage()).isEqualTo(Storage.MEMORY);
        assertThat(reading.requirements())
                .filteredOn(found -> found.origin() == Requirement.Origin.ASSUMED)
                .extracting(Requirement::value)
                .contains("MEMORY", "service", "DELETE");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    Clients can create and list notes.                    | CREATE LIST
                    Clients can create, list and read notes but cannot delete or change them. | CREATE LIST READ
                    It supports reading and listing notes without deleting. | LIST READ
                    Notes cannot be deleted.                              | CREATE LIST READ REPLACE
                    """)
    void verbsAreThoseThatAreNamedAndNotForbidden(String text, String verbs) {
        assertThat(service(NOTES + text).verbs().stream().map(Verb::name))
                .containsExactlyInAnyOrder(verbs.split(" "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    It sends an e-mail for each note.                          | e-mail
                    Clients can search notes by title.                         | search
                    Only users with a password can delete notes.               | password
                    A note has a picture (image).                              | image
                    An unknown note is answered with status 200.               | status 200
                    A note has a title (integer).                              | the field is another
                    A note has an id (integer).                                | not id
                    It is called json.                                         | hide a module
                    Clients can delete notes. Notes cannot be deleted.         | asked for and forbidden
                    It keeps notes in memory. Notes survive a restart.         | elsewhere already
                    Records are kept in memory and survive restarts.           | survive
                    It keeps books.                                            | another kind
                    """)
    void whatTheLibraryCannotDoIsToldAndNeverSwallowed(String text, String told) {
        assertThat(read(NOTES + text).gaps())
                .anyMatch(gap -> (gap.text() + " " + gap.why()).contains(told));
    }

    @Test
    void whatSaysNothingOfRecordsIsNoService() {
        Reading reading = read("A REST service.");
        assertThat(reading.product()).isEmpty();
        assertThat(reading.gaps()).isNotEmpty();
    }

    @Test
    void aServiceThatCalculatesIsNotCovered() {
        Reading reading = read("A REST service that is a calculator.");
        assertThat(reading.isCovered()).isFalse();
        assertThat(reading.gaps()).anyMatch(gap -> gap.text().contains("REST"));
    }
}
