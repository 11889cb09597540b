package dev.soma.kamachiq.sandbox;

import dev.soma.kamachiq.sandbox.TreeChange.Quarantined;
import dev.soma.kamachiq.sandbox.TreeChange.Why;
import dev.soma.kamachiq.sandbox.WorkspaceTree.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Looks through a workspace after a command and takes out what may not stay. Nothing of the
/// command runs any more by then.
final class Inspection {
    private final Path workspace;
    private final Path quarantine;
    private final Limits limits;

    /// @param quarantine folder on the same file system, made when something goes there
    Inspection(Path workspace, Path quarantine, Limits limits) {
        this.workspace = workspace;
        this.quarantine = quarantine;
        this.limits = limits;
    }

    /// @throws IOException when it holds more than it may, too
    WorkspaceTree read() throws IOException {
        return WorkspaceTree.read(workspace, limits.workspaceFiles(), limits.workspaceBytes())
                .orElseThrow(() -> new IOException("the workspace holds more than it may"));
    }

    /// @throws IOException when the workspace can neither be read nor cleared
    TreeChange since(WorkspaceTree before) throws IOException {
        WorkspaceTree after;
        try {
            after = read();
        } catch (IOException unreadable) {
            return clear(before);
        }
        List<Quarantined> out = new ArrayList<>();
        for (var entry : after.entries().entrySet()) {
            if (!entry.getValue().equals(before.entries().get(entry.getKey()))) {
                Optional<Why> why =
                        Quarantine.why(entry.getKey(), entry.getValue(), after.entries());
                why.ifPresent(reason -> out.add(new Quarantined(entry.getKey(), reason)));
            }
        }
        for (Quarantined entry : out) {
            takeOut(entry.path());
        }
        return compare(before, out.isEmpty() ? after : read(), out);
    }

    /// What changed, everything left where it is.
    TreeChange uninspected(WorkspaceTree before) throws IOException {
        return compare(before, read(), List.of());
    }

    /// A tree that is too large or too deep is not worth reading: all of it goes.
    private TreeChange clear(WorkspaceTree before) throws IOException {
        List<String> names;
        try (var children = Files.list(workspace)) {
            names = children.map(child -> child.getFileName().toString()).sorted().toList();
        }
        for (String name : names) {
            takeOut(name);
        }
        return compare(
                before,
                read(),
                names.stream().map(name -> new Quarantined(name, Why.TOO_MUCH)).toList());
    }

    /// A folder that went takes along what was listed below it.
    private void takeOut(String path) throws IOException {
        Path from = workspace.resolve(path);
        if (!Files.exists(from, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Path to = quarantine.resolve(path);
        Files.createDirectories(to.getParent());
        Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }

    private static TreeChange compare(
            WorkspaceTree before, WorkspaceTree after, List<Quarantined> quarantined) {
        List<String> added = new ArrayList<>();
        List<String> changed = new ArrayList<>();
        after.entries()
                .forEach(
                        (path, entry) -> {
                            Entry old = before.entries().get(path);
                            if (old == null) {
                                added.add(path);
                            } else if (!old.equals(entry)) {
                                changed.add(path);
                            }
                        });
        List<String> removed =
                before.entries().keySet().stream()
                        .filter(path -> !after.entries().containsKey(path))
                        .toList();
        return new TreeChange(added, changed, removed, quarantined, after.sha256());
    }
}
