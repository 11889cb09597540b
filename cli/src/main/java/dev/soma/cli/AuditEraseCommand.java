package dev.soma.cli;

import dev.soma.devkit.Home;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `soma audit erase`.
@Command(
        name = "erase",
        mixinStandardHelpOptions = true,
        description =
                "Destroys the keys to everything a user asked and takes the user's name out of the decision log. The"
                        + " audit log stays whole and verifies as before. This cannot be undone.")
final class AuditEraseCommand implements Callable<Integer> {
    @Parameters(paramLabel = "SUBJECT", description = "The user.")
    private String user = "";

    @Option(names = "--tenant", description = "Whose user (default: the tenant of `up`).")
    private @Nullable String tenant;

    @Option(names = "--yes", description = "Do it; without, this only says what it would do.")
    private boolean sure;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Connection connection = Connection.read(Home.find());
        String whose = tenant == null ? connection.tenant() : tenant;
        if (!sure) {
            throw new CommandException(
                    "this destroys what the platform keeps of what '%s' of tenant '%s' asked; say --yes to do it"
                            .formatted(user, whose));
        }
        PlatformClient.Answer answer =
                connection
                        .admin()
                        .post(
                                "/v1/audit/erasures?tenant="
                                        + URLEncoder.encode(whose, StandardCharsets.UTF_8),
                                Map.of("user", user));
        if (!answer.ok()) {
            throw new CommandException(answer.json().path("detail").asString(answer.body()));
        }
        System.out.printf(
                "erased: %d keys destroyed, the name taken out of %d decisions; the audit log is unchanged%n",
                answer.json().path("keys_destroyed").asInt(),
                answer.json().path("decisions").asInt());
        return 0;
    }
}
