package dev.soma.constitution.internal;

import dev.soma.constitution.SignedDocument;
import dev.soma.constitution.SomaBrainLayout;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.runtime.Cache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Where constitutions come from.
interface ConstitutionSource {
    Found read();

    /// What a look at the source brought.
    sealed interface Found {
        record Document(SignedDocument signed) implements Found {}

        record Nothing() implements Found {}

        record Unreadable(String reason) implements Found {}

        /// The source does not answer.
        record Away(String reason) implements Found {}
    }

    /// SomaBrain's keys.
    static ConstitutionSource redis(Cache cache) {
        return () -> {
            try {
                Optional<SignedDocument> signed =
                        SomaBrainLayout.parse(cache.read(SomaBrainLayout.KEYS));
                return signed.<Found>map(Found.Document::new).orElseGet(Found.Nothing::new);
            } catch (MalformedJson e) {
                return new Found.Unreadable(String.valueOf(e.getMessage()));
            } catch (Cache.Unavailable e) {
                return new Found.Away("Redis does not answer");
            }
        };
    }

    /// A signed file of the operator.
    static ConstitutionSource file(Path file) {
        return () -> {
            try {
                return Files.exists(file)
                        ? new Found.Document(SignedDocument.parseFile(Files.readAllBytes(file)))
                        : new Found.Nothing();
            } catch (MalformedJson e) {
                return new Found.Unreadable(String.valueOf(e.getMessage()));
            } catch (IOException e) {
                return new Found.Away("the file cannot be read");
            }
        };
    }
}
