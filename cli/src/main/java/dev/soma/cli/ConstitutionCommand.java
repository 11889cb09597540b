package dev.soma.cli;

import dev.soma.constitution.ConstitutionDialect;
import dev.soma.constitution.Quorum;
import dev.soma.constitution.SignedDocument;
import dev.soma.devkit.Home;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `soma constitution`.
@Command(
        name = "constitution",
        mixinStandardHelpOptions = true,
        subcommands = ConstitutionRollbackCommand.class,
        synopsisSubcommandLabel = "COMMAND",
        description =
                "Makes signing keys; signs, checks, publishes, shows and rolls back constitutions.")
final class ConstitutionCommand implements Runnable {
    private static final int THRESHOLD = 2;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "which one? keygen, distrust, sign, publish, verify, show, hash or rollback");
    }

    @Command(
            name = "keygen",
            mixinStandardHelpOptions = true,
            description =
                    "Makes a key for each signer and the ring of keys that the platform trusts.")
    int keygen(
            @Option(
                            names = "--signers",
                            split = ",",
                            defaultValue = "founder,security,auditor",
                            description = "Names, separated by commas (default: ${DEFAULT-VALUE}).")
                    List<String> signers,
            @Option(
                            names = "--type",
                            defaultValue = "Ed25519",
                            description =
                                    "Ed25519, RSA for the dialect somaagenthub, or hybrid (Ed25519 and ML-DSA-44) for soma.")
                    String type,
            @Option(
                            names = "--force",
                            description =
                                    "Replace the keys there are; what they signed is then no longer valid.")
                    boolean force)
            throws IOException, GeneralSecurityException {
        Home home = Home.find();
        if (Files.exists(SigningKeys.ringFile(home)) && !force) {
            throw new CommandException(
                    "there are keys already: %s; --force replaces them"
                            .formatted(SigningKeys.ringFile(home)));
        }
        if (!List.of("Ed25519", "RSA", SigningKeys.HYBRID).contains(type)) {
            throw new ParameterException(spec.commandLine(), "--type is Ed25519, RSA or hybrid");
        }
        SigningKeys.generate(home, signers, type);
        signers.forEach(
                signer -> System.out.println("private key: " + SigningKeys.keyFile(home, signer)));
        System.out.println("trusted ring: " + SigningKeys.ringFile(home));
        return 0;
    }

    @Command(
            name = "distrust",
            mixinStandardHelpOptions = true,
            description =
                    "Takes a signer's key out of the ring that the platform trusts; for a key that others may have.")
    int distrust(@Parameters(paramLabel = "SIGNER") String signer) throws IOException {
        List<String> left = SigningKeys.distrust(Home.find(), signer);
        System.out.println("trusted now: " + String.join(", ", left));
        return 0;
    }

    @Command(
            name = "sign",
            mixinStandardHelpOptions = true,
            description = "Signs a constitution with the keys of the signers named.")
    int sign(
            @Parameters(
                            paramLabel = "FILE",
                            description = "A document, or a file that others have signed already.")
                    Path file,
            @Option(
                            names = "--signer",
                            required = true,
                            split = ",",
                            description = "Whose keys sign.")
                    List<String> signers,
            @Option(names = "--dialect", description = "somabrain (default), somaagenthub or soma.")
                    @Nullable String dialect,
            @Option(
                            names = {"-o", "--out"},
                            description =
                                    "Where the signed file goes (default: FILE with .signed.json).")
                    @Nullable Path out)
            throws IOException {
        Home home = Home.find();
        Map<String, PrivateKey> keys = new LinkedHashMap<>();
        for (String signer : signers) {
            keys.put(signer, SigningKeys.read(SigningKeys.keyFile(home, signer)));
        }
        SignedDocument signed;
        try {
            signed = ConstitutionFiles.sign(ConstitutionFiles.read(file, dialect(dialect)), keys);
        } catch (IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()), e);
        }
        Path target =
                out == null
                        ? file.resolveSibling(
                                file.getFileName()
                                                .toString()
                                                .replaceFirst("(\\.signed)?\\.json$", "")
                                        + ".signed.json")
                        : out;
        Files.write(target, signed.toFile());
        System.out.println("signed by %s: %s".formatted(String.join(", ", signers), target));
        return 0;
    }

    private Optional<ConstitutionDialect> dialect(@Nullable String name) {
        if (name == null) {
            return Optional.empty();
        }
        return Optional.of(
                ConstitutionDialect.named(name)
                        .orElseThrow(
                                () ->
                                        new ParameterException(
                                                spec.commandLine(),
                                                "--dialect is somabrain, somaagenthub or soma")));
    }

    @Command(
            name = "verify",
            mixinStandardHelpOptions = true,
            description = "Checks hash, signatures and threshold against the ring of trusted keys.")
    int verify(
            @Parameters(paramLabel = "FILE") Path file,
            @Option(names = "--json", description = "One JSON document on stdout.") boolean json)
            throws IOException {
        SignedDocument signed = ConstitutionFiles.read(file, Optional.empty());
        Quorum.Outcome.Met met = ConstitutionFiles.require(Home.find(), signed, THRESHOLD);
        System.out.println(
                json
                        ? JsonMapper.shared()
                                .writeValueAsString(
                                        Map.of(
                                                "hash",
                                                met.hash(),
                                                "version",
                                                met.version(),
                                                "signers",
                                                met.signers()))
                        : "valid: version %s, signed by %s%n%s %s"
                                .formatted(
                                        met.version(),
                                        String.join(", ", met.signers()),
                                        signed.dialect().algorithm(),
                                        met.hash()));
        return 0;
    }

    @Command(
            name = "hash",
            mixinStandardHelpOptions = true,
            description = "Prints the hash of a constitution, nothing else.")
    int hash(
            @Parameters(paramLabel = "FILE") Path file,
            @Option(names = "--dialect", description = "somabrain (default), somaagenthub or soma.")
                    @Nullable String dialect)
            throws IOException {
        SignedDocument document = ConstitutionFiles.read(file, dialect(dialect));
        System.out.println(document.dialect().hash(document.document()));
        return 0;
    }

    @Command(
            name = "publish",
            mixinStandardHelpOptions = true,
            description =
                    "Puts a signed constitution where the running platform reads it, and waits until it is in force.")
    int publish(@Parameters(paramLabel = "FILE") Path file) throws Exception {
        Home home = Home.find();
        SignedDocument signed = ConstitutionFiles.read(file, Optional.empty());
        Quorum.Outcome.Met met = ConstitutionFiles.require(home, signed, THRESHOLD);
        Connection connection = Connection.read(home);
        if (signed.dialect() != ConstitutionDialect.SOMABRAIN) {
            throw new CommandException(
                    "Redis takes the dialect somabrain; point 'soma.constitution.file' at a file of another dialect");
        }
        JsonNode inForce = new Publication(connection).publish(signed, met.hash());
        System.out.println(
                "in force: version %s, epoch %s%n%s"
                        .formatted(met.version(), inForce.path("epoch").asString(), met.hash()));
        return 0;
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Shows a constitution: that of a file, or the one in force.")
    int show(@Parameters(paramLabel = "FILE", arity = "0..1") @Nullable Path file)
            throws Exception {
        if (file != null) {
            SignedDocument signed = ConstitutionFiles.read(file, Optional.empty());
            System.out.println(pretty(JsonMapper.shared().readTree(signed.toFile())));
            return 0;
        }
        PlatformClient.Answer answer =
                Connection.read(Home.find()).admin().get("/v1/constitution/global");
        System.out.println(
                pretty(PlatformClient.require("reading the constitution", answer).json()));
        return 0;
    }

    private static String pretty(JsonNode node) {
        return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(node);
    }
}
