package dev.soma.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the bench takes from `connection.json` of a running platform.
///
/// @param adminToken null when the file has none
/// @param platformPid null when the file does not tell it
record ConnectionFile(
        URI gateway, String apiKey, @Nullable String adminToken, @Nullable Long platformPid) {
    /// @throws IllegalArgumentException with a sentence for the reader when the file cannot be used
    static ConnectionFile read(Path file) {
        JsonNode root;
        try {
            root = JsonMapper.shared().readTree(Files.readString(file));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "cannot read " + file + "; is the platform up? (./soma up)", e);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(file + " is not JSON", e);
        }
        JsonNode gateway = root.path("gateway");
        JsonNode key = root.path("apiKey");
        if (!gateway.isString() || !key.isString()) {
            throw new IllegalArgumentException(file + " has no gateway or apiKey");
        }
        JsonNode pid = root.path("pids").path("platform");
        return new ConnectionFile(
                URI.create(gateway.asString()),
                key.asString(),
                root.path("adminToken").isString() ? root.path("adminToken").asString() : null,
                pid.isIntegralNumber() ? pid.asLong() : null);
    }
}
