package dev.soma.devkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// `connection.json` of a running stack: where everything is, whose processes they are, and, once
/// there are any, the credentials from `credentials.json`. Any standard client can attach with it.
public final class ConnectionFile {
    private static final JsonMapper JSON = JsonMapper.shared();

    private ConnectionFile() {}

    public static Path credentials(Home home) {
        return home.run().resolve("credentials.json");
    }

    /// Writes the file anew, in one step, for its owner alone.
    public static void write(Stack stack, long supervisorPid) throws IOException {
        Home home = stack.home();
        ObjectNode root = JSON.createObjectNode();
        if (stack.has(Part.PLATFORM)) {
            root.put("gateway", stack.gateway());
            root.put("console", stack.gateway() + "/");
        }
        if (Files.exists(credentials(home))) {
            copyCredentials(credentials(home), root);
        }
        ObjectNode pids = JSON.createObjectNode();
        pids.put("supervisor", supervisorPid);
        for (PartStatus status : stack.status()) {
            if (status.part() != Part.PLATFORM) {
                root.put(status.part().id(), stack.address(status.part()));
            }
            if (status.pid() != 0) {
                pids.put(status.part().id(), status.pid());
            }
        }
        root.set("pids", pids);
        Home.writePrivate(
                home.connectionFile(),
                JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n");
    }

    private static void copyCredentials(Path file, ObjectNode root) throws IOException {
        try {
            JsonNode credentials = JSON.readTree(Files.readString(file));
            for (String key : new String[] {"tenant", "adminToken", "apiKey"}) {
                if (credentials.path(key).isString()) {
                    root.set(key, credentials.path(key));
                }
            }
        } catch (JacksonException malformed) {
            throw new IOException(file + " is not JSON; delete it and run ./soma up", malformed);
        }
    }
}
