package dev.soma.cli;

import dev.soma.constitution.ConstitutionDialect;
import dev.soma.constitution.Quorum;
import dev.soma.constitution.SignedDocument;
import dev.soma.constitution.SignedDocument.Signature;
import dev.soma.constitution.SomaBrainLayout;
import dev.soma.devkit.Home;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import io.lettuce.core.RedisClient;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Constitution files: a bare document, or a document with its signatures.
final class ConstitutionFiles {
    private ConstitutionFiles() {}

    /// The constitution that ships with the platform.
    static JsonObject shipped() throws IOException {
        try (InputStream in =
                SignedDocument.class.getResourceAsStream("/constitution/constitution.json")) {
            if (in == null) {
                throw new CommandException("the shipped constitution is missing from this build");
            }
            return parse(in.readAllBytes(), "the shipped constitution");
        }
    }

    private static JsonObject parse(byte[] bytes, String what) {
        try {
            return StrictJson.parseObject(bytes);
        } catch (MalformedJson e) {
            throw new CommandException("%s cannot be read: %s".formatted(what, e.getMessage()), e);
        }
    }

    /// Reads either kind of file; a bare document has no signatures yet.
    static SignedDocument read(Path file, Optional<ConstitutionDialect> dialect)
            throws IOException {
        if (!Files.exists(file)) {
            throw new CommandException("there is no file " + file);
        }
        byte[] bytes = Files.readAllBytes(file);
        if (parse(bytes, file.toString()).object("document").isPresent()) {
            try {
                SignedDocument signed = SignedDocument.parseFile(bytes);
                return dialect.map(
                                other ->
                                        new SignedDocument(
                                                other,
                                                signed.document(),
                                                Optional.empty(),
                                                signed.signatures()))
                        .orElse(signed);
            } catch (MalformedJson e) {
                throw new CommandException(
                        "%s cannot be read: %s".formatted(file, e.getMessage()), e);
            }
        }
        return unsigned(
                parse(bytes, file.toString()), dialect.orElse(ConstitutionDialect.SOMABRAIN));
    }

    static SignedDocument unsigned(JsonObject document, ConstitutionDialect dialect) {
        return new SignedDocument(
                dialect, document, Optional.of(dialect.hash(document)), List.of());
    }

    /// Adds a signature of each signer, in place of an older one of the same name.
    static SignedDocument sign(SignedDocument document, Map<String, PrivateKey> keys) {
        List<Signature> signatures = new ArrayList<>();
        for (Signature old : document.signatures()) {
            if (old.signer().filter(keys::containsKey).isEmpty()) {
                signatures.add(old);
            }
        }
        String hash = document.dialect().hash(document.document());
        keys.forEach(
                (signer, key) -> {
                    String text = document.dialect().sign(document.document(), key);
                    signatures.add(new Signature(Optional.of(signer), text, Optional.of(hash)));
                });
        return new SignedDocument(
                document.dialect(), document.document(), Optional.of(hash), signatures);
    }

    /// Who signed validly.
    ///
    /// @throws CommandException when the ring and the threshold are not satisfied
    static Quorum.Outcome.Met require(Home home, SignedDocument signed, int threshold)
            throws IOException {
        return switch (Quorum.check(signed, SigningKeys.ring(home), threshold)) {
            case Quorum.Outcome.Met met -> met;
            case Quorum.Outcome.NotMet(String reason) ->
                    throw new CommandException("refused: " + reason);
        };
    }

    /// Writes SomaBrain's keys in one step.
    static void writeToRedis(String redisUrl, Map<String, String> values) {
        try (RedisClient client = RedisClient.create(redisUrl);
                var connection = client.connect()) {
            connection.sync().mset(values);
        }
    }

    static Map<String, String> layout(SignedDocument signed) {
        return SomaBrainLayout.values(
                signed, Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    }
}
