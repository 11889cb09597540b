package dev.soma.kamachiq.sandbox;

import dev.soma.kamachiq.sandbox.TreeChange.Why;
import dev.soma.kamachiq.sandbox.WorkspaceTree.Entry;
import dev.soma.kamachiq.sandbox.WorkspaceTree.Kind;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Which entries of a workspace may not stay there: what programs outside of the sandbox (git,
/// editors, agents, build services, interpreters) would execute or follow without being asked.
/// Names count at every depth and in any case, since some file systems do not tell case apart.
final class Quarantine {
    private static final int SET_USER_OR_GROUP = 06000;

    private record Rule(Pattern name, Why why) {}

    private static final List<Rule> NAMES =
            List.of(
                    rule("(.*/)?\\.git(/.*)?", Why.GIT_SETTINGS),
                    rule(
                            "(.*/)?\\.(gitmodules|gitattributes|gitconfig|husky(/.*)?)",
                            Why.GIT_SETTINGS),
                    rule("(.*/)?(hooks/.+|config|head|objects(/.*)?|refs(/.*)?)", Why.GIT_SETTINGS),
                    rule(
                            "(.*/)?\\.(vscode|idea|devcontainer|fleet|zed|vim|nvim)(/.*)?",
                            Why.EDITOR_SETTINGS),
                    rule(
                            "(.*/)?(\\.editorconfig|\\.vimrc|\\.exrc|\\.nvimrc|\\.dir-locals\\.el|.*\\.code-workspace)",
                            Why.EDITOR_SETTINGS),
                    rule(
                            "(.*/)?(\\.claude|\\.cursor|\\.codex|\\.gemini|\\.continue|\\.aider[^/]*|\\.windsurf)(/.*)?",
                            Why.AGENT_SETTINGS),
                    rule(
                            "(.*/)?(agents\\.md|claude\\.md|gemini\\.md|\\.cursorrules|\\.mcp\\.json|mcp\\.json)",
                            Why.AGENT_SETTINGS),
                    rule(
                            "(.*/)?(\\.github|\\.circleci|\\.buildkite|\\.gitea|\\.forgejo|\\.woodpecker)(/.*)?",
                            Why.BUILD_SERVICE_SETTINGS),
                    rule(
                            "(.*/)?(\\.gitlab-ci\\.ya?ml|jenkinsfile|\\.travis\\.ya?ml|azure-pipelines\\.ya?ml"
                                    + "|\\.drone\\.ya?ml|\\.pre-commit-config\\.ya?ml|bitbucket-pipelines\\.ya?ml)",
                            Why.BUILD_SERVICE_SETTINGS),
                    rule(
                            "(.*/)?(sitecustomize\\.py|usercustomize\\.py|.*\\.pth|\\.envrc|\\.npmrc|\\.yarnrc[^/]*"
                                    + "|\\.pypirc|pip\\.conf|\\.bashrc|\\.bash_profile|\\.profile|\\.zshrc|\\.zshenv"
                                    + "|\\.gdbinit|\\.lldbinit|\\.tool-versions|\\.python-version|\\.netrc)",
                            Why.INTERPRETER_SETTINGS));

    private Quarantine() {}

    private static Rule rule(String name, Why why) {
        return new Rule(Pattern.compile(name), why);
    }

    /// @param tree what stands beside the entry: a folder with `HEAD` and `config` is a git
    /// repository whatever its name
    static Optional<Why> why(String path, Entry entry, Map<String, Entry> tree) {
        if (entry.kind() == Kind.SPECIAL) {
            return Optional.of(Why.SPECIAL_FILE);
        }
        if (path.chars().anyMatch(c -> Character.isISOControl(c) || c == '\uFFFD')) {
            return Optional.of(Why.ODD_NAME);
        }
        if (entry.kind() == Kind.LINK && leadsOutside(path, entry.content())) {
            return Optional.of(Why.LEADS_OUTSIDE);
        }
        if ((entry.mode() & SET_USER_OR_GROUP) != 0) {
            return Optional.of(Why.RAISES_PRIVILEGES);
        }
        String name = path.toLowerCase(Locale.ROOT);
        return NAMES.stream()
                .filter(rule -> rule.name().matcher(name).matches())
                .filter(rule -> !isBare(rule) || inBareRepository(path, tree))
                .map(Rule::why)
                .findFirst();
    }

    private static boolean isBare(Rule rule) {
        return rule.name().pattern().contains("objects");
    }

    /// Git takes any folder with these three for a repository and runs what its settings name.
    private static boolean inBareRepository(String path, Map<String, Entry> tree) {
        for (Path folder = Path.of(path).getParent(); folder != null; folder = folder.getParent()) {
            if (isRepository(folder + "/", tree)) {
                return true;
            }
        }
        return isRepository("", tree);
    }

    private static boolean isRepository(String folder, Map<String, Entry> tree) {
        return tree.containsKey(folder + "HEAD")
                && tree.containsKey(folder + "objects")
                && tree.containsKey(folder + "refs");
    }

    /// Whether following the link from within the folder can leave it. Judged by the names alone:
    /// another link on the way is judged by itself.
    private static boolean leadsOutside(String path, String target) {
        Path link = Path.of(path);
        Path to = Path.of(target);
        if (to.isAbsolute()) {
            return true;
        }
        Path parent = link.getParent();
        Path end = parent == null ? to : parent.resolve(to);
        int depth = 0;
        for (Path step : end) {
            depth += step.toString().equals("..") ? -1 : step.toString().equals(".") ? 0 : 1;
            if (depth < 0) {
                return true;
            }
        }
        return false;
    }
}
