package dev.soma.cli;

import dev.soma.constitution.ConstitutionDialect;
import dev.soma.constitution.SignedDocument;
import dev.soma.devkit.Home;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `soma constitution rollback`.
@Command(
        name = "rollback",
        mixinStandardHelpOptions = true,
        description =
                "Puts a constitution that was in force before in force again, as a new epoch. As many signers as a"
                        + " constitution needs have to say so.")
final class ConstitutionRollbackCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--to",
            paramLabel = "HASH",
            description = "Which one (default: the one before the present).")
    private @Nullable String to;

    @Option(names = "--signer", split = ",", description = "Whose keys sign the statement.")
    private List<String> signers = List.of();

    @Option(
            names = "--prepare",
            paramLabel = "FILE",
            description = "Writes the signed statement and does not use it yet.")
    private @Nullable Path prepare;

    @Option(
            names = "--approval",
            paramLabel = "FILE",
            description = "Uses a statement that was prepared.")
    private @Nullable Path approval;

    @Option(
            names = "--valid-hours",
            defaultValue = "24",
            description = "How long the statement may be used (default: ${DEFAULT-VALUE}).")
    private int validHours;

    @Override
    public Integer call() throws Exception {
        if ((approval == null) == signers.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "either --signer or --approval is needed");
        }
        Home home = Home.find();
        PlatformClient admin = Connection.read(home).admin();
        SignedDocument statement =
                approval == null
                        ? signed(home, admin)
                        : ConstitutionFiles.read(approval, Optional.empty());
        if (prepare != null) {
            Files.write(prepare, statement.toFile());
            System.out.println("signed, not used: " + prepare);
            return 0;
        }
        PlatformClient.Answer answer =
                admin.post(
                        "/v1/constitution/rollback",
                        Map.of("approval", JsonMapper.shared().readTree(statement.toFile())));
        if (!answer.ok()) {
            throw new CommandException(answer.json().path("detail").asString(answer.body()));
        }
        System.out.println(
                "in force: version %s, epoch %s%n%s"
                        .formatted(
                                answer.json().path("version").asString(),
                                answer.json().path("epoch").asString(),
                                answer.json().path("hash").asString()));
        return 0;
    }

    private SignedDocument signed(Home home, PlatformClient admin)
            throws IOException, InterruptedException {
        if (validHours < 1) {
            throw new ParameterException(spec.commandLine(), "--valid-hours is at least 1");
        }
        JsonNode versions =
                PlatformClient.require(
                                "reading the versions", admin.get("/v1/constitution/versions"))
                        .json()
                        .path("items");
        JsonObject statement =
                JsonValue.object()
                        .put("type", "constitution-rollback")
                        .put("hash", to == null ? before(versions) : to)
                        .put("epoch", versions.path(0).path("epoch").asLong() + 1)
                        .put(
                                "not_after",
                                Instant.now()
                                        .plus(Duration.ofHours(validHours))
                                        .truncatedTo(ChronoUnit.SECONDS)
                                        .toString())
                        .build();
        Map<String, PrivateKey> keys = new LinkedHashMap<>();
        for (String signer : signers) {
            keys.put(signer, SigningKeys.read(SigningKeys.keyFile(home, signer)));
        }
        return ConstitutionFiles.sign(
                ConstitutionFiles.unsigned(statement, ConstitutionDialect.SOMABRAIN), keys);
    }

    private static String before(JsonNode versions) {
        String present = versions.path(0).path("hash").asString();
        for (JsonNode version : versions) {
            if (!version.path("hash").asString().equals(present)) {
                return version.path("hash").asString();
            }
        }
        throw new CommandException("no other constitution was ever in force");
    }
}
