package dev.soma.runtime;

import java.nio.file.Path;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param id stable name of this node; part of every audit reference
/// @param directory what this node alone keeps: its audit log and its sealed keys
@Settings("soma.node")
public record NodeSettings(@DefaultValue("node-1") String id, Path directory) {
    public NodeSettings {
        if (!id.matches("[a-z0-9][a-z0-9-]{0,40}")) {
            throw new IllegalArgumentException("'soma.node.id' is up to 41 of a-z, 0-9 and '-'");
        }
        if (directory == null) {
            throw new IllegalArgumentException(
                    "'soma.node.directory' must name a folder that this node keeps");
        }
    }
}
