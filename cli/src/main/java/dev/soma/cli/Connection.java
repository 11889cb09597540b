package dev.soma.cli;

import dev.soma.devkit.Home;
import java.io.IOException;
import java.nio.file.Files;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a running system says of itself in `connection.json`.
///
/// @param adminToken empty until `up` has provisioned
/// @param apiKey empty until `up` has provisioned
record Connection(
        String gateway,
        String tenant,
        String adminToken,
        String apiKey,
        String redis,
        String kafka,
        String slm) {
    static Connection read(Home home) {
        if (!Files.exists(home.connectionFile())) {
            throw new CommandException(
                    "nothing runs in " + home.path() + "; start it with ./soma up");
        }
        try {
            JsonNode file = JsonMapper.shared().readTree(Files.readString(home.connectionFile()));
            return new Connection(
                    file.path("gateway").asString(""),
                    file.path("tenant").asString(""),
                    file.path("adminToken").asString(""),
                    file.path("apiKey").asString(""),
                    file.path("redis").asString(""),
                    file.path("kafka").asString(""),
                    file.path("slm").asString(""));
        } catch (IOException e) {
            throw new CommandException("cannot read " + home.connectionFile(), e);
        }
    }

    /// The user of the tenant to try things in.
    PlatformClient app() {
        return new PlatformClient(gateway, apiKey);
    }

    PlatformClient admin() {
        return new PlatformClient(gateway, adminToken);
    }
}
