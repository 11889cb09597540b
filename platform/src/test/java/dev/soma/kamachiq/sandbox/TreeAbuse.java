package dev.soma.kamachiq.sandbox;

import dev.soma.kamachiq.sandbox.TreeChange.Why;
import java.util.List;
import java.util.stream.Stream;

/// Something a command leaves in its workspace for others to fall into.
///
/// @param path what must be gone afterwards
record TreeAbuse(String path, Why why, String program) {
    @Override
    public String toString() {
        return why + ": " + path.replace('\n', '?');
    }

    private static TreeAbuse file(String path, Why why) {
        return new TreeAbuse(
                path,
                why,
                """
                import os
                os.makedirs(os.path.dirname('./' + %1$s), exist_ok=True)
                open(%1$s, 'w').write('#!/bin/sh\\n')
                """
                        .formatted(quoted(path)));
    }

    private static String quoted(String path) {
        return "'" + path.replace("\n", "\\n") + "'";
    }

    static List<TreeAbuse> all() {
        return Stream.concat(named().stream(), made().stream()).toList();
    }

    /// Files that somebody else executes by their name.
    private static List<TreeAbuse> named() {
        return List.of(
                file(".git/hooks/pre-commit", Why.GIT_SETTINGS),
                file("deep/er/and/deeper/.git/config", Why.GIT_SETTINGS),
                file(".GIT/hooks/post-checkout", Why.GIT_SETTINGS),
                file(".gitattributes", Why.GIT_SETTINGS),
                file("vendored/.husky/pre-push", Why.GIT_SETTINGS),
                new TreeAbuse(
                        "plain/config",
                        Why.GIT_SETTINGS,
                        """
                        import os
                        for d in ('objects', 'refs', 'hooks'): os.makedirs('plain/' + d)
                        open('plain/HEAD', 'w').write('ref: refs/heads/main')
                        open('plain/config', 'w').write('[core]\\n fsmonitor = ./run')
                        """),
                file(".vscode/tasks.json", Why.EDITOR_SETTINGS),
                file("sub/.idea/workspace.xml", Why.EDITOR_SETTINGS),
                file("project.code-workspace", Why.EDITOR_SETTINGS),
                file(".claude/settings.json", Why.AGENT_SETTINGS),
                file("sub/AGENTS.md", Why.AGENT_SETTINGS),
                file(".mcp.json", Why.AGENT_SETTINGS),
                file(".github/workflows/run.yml", Why.BUILD_SERVICE_SETTINGS),
                file(".gitlab-ci.yml", Why.BUILD_SERVICE_SETTINGS),
                file("sitecustomize.py", Why.INTERPRETER_SETTINGS),
                file("lib/path.pth", Why.INTERPRETER_SETTINGS),
                file(".envrc", Why.INTERPRETER_SETTINGS),
                file("line\nbreak", Why.ODD_NAME));
    }

    /// What no name gives away.
    private static List<TreeAbuse> made() {
        return List.of(
                new TreeAbuse(
                        "out", Why.LEADS_OUTSIDE, "import os; os.symlink('/etc/passwd', 'out')"),
                new TreeAbuse(
                        "sub/out",
                        Why.LEADS_OUTSIDE,
                        "import os; os.mkdir('sub'); os.symlink('x/../../../victim', 'sub/out')"),
                new TreeAbuse(
                        "given.txt",
                        Why.LEADS_OUTSIDE,
                        "import os; os.remove('given.txt'); os.symlink('../victim', 'given.txt')"),
                new TreeAbuse(
                        "tool",
                        Why.RAISES_PRIVILEGES,
                        "import os; open('tool', 'w').close(); os.chmod('tool', 0o4755)"),
                new TreeAbuse(
                        "given.txt",
                        Why.RAISES_PRIVILEGES,
                        "import os; os.chmod('given.txt', 0o2755)"),
                new TreeAbuse("pipe", Why.SPECIAL_FILE, "import os; os.mkfifo('pipe')"),
                new TreeAbuse(
                        "many",
                        Why.TOO_MUCH,
                        "import os; os.mkdir('many'); [open('many/%d' % i, 'w').close() for i in range(250)]"),
                new TreeAbuse(
                        "big0",
                        Why.TOO_MUCH,
                        "[open('big%d' % i, 'wb').write(bytes(1 << 20)) for i in range(6)]"),
                new TreeAbuse(
                        "d",
                        Why.TOO_MUCH,
                        """
                        import os
                        os.mkdir('d')
                        os.chdir('d')
                        for _ in range(150):
                            os.mkdir('d' * 200)
                            os.chdir('d' * 200)
                        """));
    }
}
