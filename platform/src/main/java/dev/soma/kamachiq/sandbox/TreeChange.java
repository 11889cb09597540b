package dev.soma.kamachiq.sandbox;

import java.util.List;

/// What a command did to its workspace; paths are relative, with `/`, sorted.
///
/// @param changed files with other bytes, another mode or another kind
/// @param quarantined what was taken out of the workspace, and why
/// @param digest of the tree that is left, in lower-case hexadecimal: SHA-256 over its entries in
/// the order of their paths
public record TreeChange(
        List<String> added,
        List<String> changed,
        List<String> removed,
        List<Quarantined> quarantined,
        String digest) {
    public TreeChange {
        added = List.copyOf(added);
        changed = List.copyOf(changed);
        removed = List.copyOf(removed);
        quarantined = List.copyOf(quarantined);
    }

    public record Quarantined(String path, Why why) {}

    /// Why something may not stay: a tool outside of the sandbox would follow or execute it, or it
    /// exceeds a bound.
    public enum Why {
        LEADS_OUTSIDE,
        SPECIAL_FILE,
        RAISES_PRIVILEGES,
        GIT_SETTINGS,
        EDITOR_SETTINGS,
        AGENT_SETTINGS,
        BUILD_SERVICE_SETTINGS,
        INTERPRETER_SETTINGS,
        ODD_NAME,
        TOO_MUCH
    }
}
