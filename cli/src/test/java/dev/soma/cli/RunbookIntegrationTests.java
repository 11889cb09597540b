package dev.soma.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.devkit.Home;
import dev.soma.devkit.Ports;
import dev.soma.devkit.SourceTree;
import dev.soma.devkit.TestEngines;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Runs the commands of the pages in docs/runbooks as they stand there, one after the other, in one
/// shell.
class RunbookIntegrationTests {
    private static final Pattern BLOCK = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);
    private static final int MINUTES = 8;

    private final Home home = new Home(TestEngines.folder("runbook-" + System.nanoTime()));
    private final Shell shell =
            new Shell(home.path()).with("SOMA_PORT", Integer.toString(Ports.free()));

    @AfterEach
    void stop() throws Exception {
        assertThat(shell.soma("down").status()).isZero();
        assertThat(Leftovers.of(home)).isEmpty();
    }

    private static List<String> blocks(String name) throws IOException {
        String page =
                Files.readString(SourceTree.find().root().resolve("docs/runbooks").resolve(name));
        List<String> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(page);
        while (matcher.find()) {
            blocks.add(matcher.group(1));
        }
        return blocks;
    }

    @Test
    void everyCommandOfTheSecurityRunbookDoesWhatItSays() throws Exception {
        String said = run("security.md", 12);
        assertThat(said)
                .contains(
                        "rollback",
                        "trusted now: founder, security",
                        "\"newly_denied\"",
                        "switched_at",
                        "2 decisions, 2 receipts",
                        "and the rules give 'deny'",
                        "erased:");
        assertThat(said.lines().filter(line -> line.startsWith("in force: version"))).hasSize(4);
    }

    @Test
    void everyCommandOfTheRunbookOfProjectsDoesWhatItSays() throws Exception {
        assertThat(run("kamachiq_operations.md", 4))
                .contains(
                        "waits: part of the specification is not covered",
                        "plotting window",
                        "the report's chain holds",
                        "\"kind\":\"PERSON\"",
                        "\"settled_tokens\"",
                        "The project 'stopped' is stopped: the runbook",
                        "\"limit_tokens\":15000");
    }

    /// @param least blocks that the page has more of
    private String run(String page, int least) throws Exception {
        Shell.Result up = shell.soma("up");
        assertThat(up.status()).as(up.err()).isZero();
        List<String> blocks = blocks(page);
        assertThat(blocks).hasSizeGreaterThan(least);
        Path folder = repositoryLike();
        Path output = folder.resolve("output.txt");
        Process bash =
                shell.bash(
                        folder,
                        "set -euxo pipefail\n" + String.join("\necho ----\n", blocks),
                        output);
        try {
            boolean ended = bash.waitFor(MINUTES, TimeUnit.MINUTES);
            String said = Files.readString(output, StandardCharsets.UTF_8);
            assertThat(ended).as(said).isTrue();
            assertThat(bash.exitValue()).as(said).isZero();
            return said;
        } finally {
            bash.destroyForcibly();
        }
    }

    /// A folder in which `./soma` and the paths of the page mean the same as in the repository.
    private Path repositoryLike() throws IOException {
        Path folder =
                Files.createDirectories(home.path().resolveSibling("cwd-" + System.nanoTime()));
        Path root = SourceTree.find().root();
        Files.createSymbolicLink(folder.resolve("platform"), root.resolve("platform"));
        Path soma = folder.resolve("soma");
        Files.writeString(soma, "#!/bin/sh\nexec " + shell.commandLine() + " \"$@\"\n");
        Files.setPosixFilePermissions(soma, PosixFilePermissions.fromString("rwxr-xr-x"));
        return folder;
    }
}
