package dev.soma.kamachiq.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.soma.devkit.Fetches;
import dev.soma.devkit.Progress;
import dev.soma.kamachiq.sandbox.Sandbox.End;
import dev.soma.kamachiq.sandbox.Sandbox.Job;
import dev.soma.kamachiq.sandbox.Sandbox.Result;
import dev.soma.kamachiq.sandbox.Sandbox.Result.Ran;
import dev.soma.kamachiq.sandbox.TreeChange.Quarantined;
import dev.soma.kernel.Digest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every wall of the sandbox, tried against a real kernel: a command that abuses its place is held,
/// and the same command comes through when the one wall that is said to hold it is away.
class SandboxTests {
    private static final int USER = 61_000;
    private static final Limits TIGHT =
            new Limits(
                    Duration.ofSeconds(6),
                    2,
                    256L << 20,
                    1L << 20,
                    4L << 20,
                    32,
                    256,
                    10_000,
                    4L << 20,
                    200);
    private static final Path PROGRAMS = Path.of("/usr/local/soma-sandbox-test");
    private static final Path SHARED = Path.of("/dev/shm/soma-sandbox-test");
    private static final List<List<String>> AFTERWARDS = new ArrayList<>();

    private static Path bubblewrap;
    private static Path folder;
    private static ServerSocket service;
    private Path workspace = Path.of("");

    @BeforeAll
    static void prepareTheHost() throws Exception {
        assumeTrue(isRoot(), "only root can give sandboxes users of their own");
        bubblewrap = Fetches.bubblewrap(Progress.silent());
        folder =
                Files.createTempDirectory(
                        Path.of("/var/tmp"),
                        "soma-sandbox-",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwxr-xr-x")));
        Files.writeString(folder.resolve("secret"), "secret");
        Path open = Files.createDirectory(folder.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.createDirectories(PROGRAMS);
        Files.writeString(PROGRAMS.resolve("program"), "x");
        Files.writeString(SHARED, "x");
        service = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        for (String[] made : new String[][] {{"-M", "64"}, {"-S", "1"}, {"-Q"}}) {
            List<String> command = new ArrayList<>(List.of("ipcmk"));
            command.addAll(List.of(made));
            String words = output(asUser(command.toArray(String[]::new)));
            String id = words.substring(words.lastIndexOf(' ') + 1).strip();
            AFTERWARDS.add(List.of("ipcrm", made[0].toLowerCase(java.util.Locale.ROOT), id));
        }
    }

    @AfterAll
    static void clearTheHost() throws Exception {
        if (!isRoot()) {
            return;
        }
        service.close();
        for (List<String> command : AFTERWARDS) {
            output(new ProcessBuilder(command));
        }
        Files.deleteIfExists(SHARED);
        output(new ProcessBuilder("rm", "-rf", PROGRAMS.toString(), folder.toString()));
    }

    private static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }

    private static ProcessBuilder asUser(String... command) {
        List<String> line =
                new ArrayList<>(
                        List.of("setpriv", "--reuid=" + USER, "--regid=" + USER, "--clear-groups"));
        line.addAll(List.of(command));
        return new ProcessBuilder(line).redirectErrorStream(true);
    }

    private static String output(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.redirectErrorStream(true).start();
        String words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(words).isZero();
        return words;
    }

    @BeforeEach
    void makeAWorkspace() throws IOException {
        workspace = Files.createTempDirectory(folder, "workspace-");
        Files.writeString(workspace.resolve("given.txt"), "given");
    }

    private static BubblewrapSandbox behind(Set<Defence> walls, Set<String> calls)
            throws IOException {
        return new BubblewrapSandbox(
                bubblewrap, folder.resolve("state"), SandboxUsers.of(USER, 1), walls, calls);
    }

    private static BubblewrapSandbox sandbox() throws IOException {
        return behind(EnumSet.allOf(Defence.class), Set.of());
    }

    private Result python(BubblewrapSandbox sandbox, String program) throws Exception {
        return sandbox.run(
                new Job(
                        List.of("/usr/bin/python3", "-I", "-B", "-c", program),
                        new byte[0],
                        workspace,
                        TIGHT));
    }

    private static String said(Result result) {
        assertThat(result).isInstanceOf(Ran.class);
        return new String(((Ran) result).output().kept(), StandardCharsets.UTF_8);
    }

    private static List<Abuse> abuses() {
        return Abuse.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("abuses")
    void aWallHoldsAndNoOtherWouldHave(Abuse abuse) throws Exception {
        Process victim = asUser("sleep", "600").start();
        try {
            String program = host(victim).fill(abuse.program());
            Set<Defence> walls = EnumSet.allOf(Defence.class);
            walls.removeAll(abuse.beside());
            assertThat(said(python(behind(walls, Set.of()), program))).doesNotContain("ESCAPED");
            clearTraces();
            if (abuse.call().isEmpty()) {
                walls.remove(abuse.held());
            }
            Set<String> calls = abuse.call().isEmpty() ? Set.of() : Set.of(abuse.call());
            Result through = python(behind(walls, calls), program);
            assertThat(said(through)).as("without its wall: %s", through).contains("ESCAPED");
        } finally {
            victim.destroyForcibly().waitFor();
            clearTraces();
        }
    }

    private static Abuse.Host host(Process victim) throws IOException {
        return new Abuse.Host(
                service.getLocalPort(),
                Math.toIntExact(victim.pid()),
                folder.resolve("secret").toString(),
                folder.resolve("open").toString(),
                Files.readSymbolicLink(Path.of("/proc/self/ns/cgroup")).toString());
    }

    private static void clearTraces() throws IOException {
        Files.deleteIfExists(folder.resolve("open/planted"));
        Files.deleteIfExists(PROGRAMS.resolve("new"));
        Files.setPosixFilePermissions(PROGRAMS, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static List<TreeAbuse> treeAbuses() {
        return TreeAbuse.all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("treeAbuses")
    void whatOthersWouldFallIntoIsTakenOutOfTheWorkspace(TreeAbuse abuse) throws Exception {
        Path trap = workspace.resolve(abuse.path());
        Ran ran = (Ran) python(sandbox(), abuse.program());
        assertThat(ran.end())
                .as("%s", new String(ran.errors().kept(), StandardCharsets.UTF_8))
                .isEqualTo(new End.Exited(0));
        assertThat(ran.tree().quarantined()).extracting(Quarantined::why).contains(abuse.why());
        assertThat(Files.exists(trap, LinkOption.NOFOLLOW_LINKS)).isFalse();
        makeAWorkspace();
        Set<Defence> walls = EnumSet.allOf(Defence.class);
        walls.remove(Defence.TREE_INSPECTION);
        python(behind(walls, Set.of()), abuse.program());
        assertThat(Files.exists(workspace.resolve(abuse.path()), LinkOption.NOFOLLOW_LINKS))
                .isTrue();
    }

    @Test
    void outputIsCutButCountedAndHashed() throws Exception {
        String program = "import sys; sys.stdout.write('x' * 50000); sys.stderr.write('y' * 30000)";
        Ran ran = (Ran) python(sandbox(), program);
        assertThat(ran.output().kept()).hasSize(10_000);
        assertThat(ran.output().length()).isEqualTo(50_000);
        assertThat(ran.output().sha256()).isEqualTo(Digest.sha256Hex("x".repeat(50_000)));
        assertThat(ran.errors().kept()).hasSize(10_000);
        assertThat(ran.errors().isCut()).isTrue();
        Set<Defence> walls = EnumSet.allOf(Defence.class);
        walls.remove(Defence.OUTPUT_LIMIT);
        assertThat(((Ran) python(behind(walls, Set.of()), program)).output().isCut()).isFalse();
    }

    @Test
    void aTimeoutKillsEverythingThatWasStarted() throws Exception {
        Ran ran =
                (Ran)
                        python(
                                sandbox(),
                                """
                                import os, time
                                for _ in range(3):
                                    if os.fork() == 0: os.setsid()
                                time.sleep(60)
                                """);
        assertThat(ran.end()).isEqualTo(new End.TimedOut());
        assertThat(processesOfTheUser()).isEmpty();
    }

    @Test
    void nothingOutlivesACommandThatEnds() throws Exception {
        String program =
                """
                import os, time
                if os.fork() == 0:
                    os.setsid()
                    if os.fork() == 0:
                        for fd in range(3): os.close(fd)
                        time.sleep(60)
                """;
        said(python(sandbox(), program));
        assertThat(processesOfTheUser()).isEmpty();
        Set<Defence> walls = EnumSet.allOf(Defence.class);
        walls.remove(Defence.PROCESS_NAMESPACE);
        said(python(behind(walls, Set.of()), program));
        List<Long> left = processesOfTheUser();
        left.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        assertThat(left).isNotEmpty();
    }

    private static List<Long> processesOfTheUser() throws IOException {
        List<Long> pids = new ArrayList<>();
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            for (Path process : processes.filter(path -> isOfTheUser(path)).toList()) {
                pids.add(Long.parseLong(process.getFileName().toString()));
            }
        }
        return pids;
    }

    private static boolean isOfTheUser(Path process) {
        try {
            return process.getFileName().toString().chars().allMatch(Character::isDigit)
                    && Files.readAllLines(process.resolve("status")).stream()
                            .anyMatch(line -> line.startsWith("Uid:\t" + USER + "\t"))
                    && Files.readAllLines(process.resolve("status")).stream()
                            .noneMatch(line -> line.startsWith("State:\tZ"));
        } catch (IOException gone) {
            return false;
        }
    }

    @Test
    void aDescriptorThatWasLeftOpenDoesNotReachTheCommand() throws Exception {
        String program =
                """
                import os
                try:
                    os.fstat(7); print('ESCAPED')
                except OSError: pass
                """;
        for (boolean closed : new boolean[] {true, false}) {
            Set<Defence> walls = EnumSet.allOf(Defence.class);
            if (!closed) {
                walls.remove(Defence.CLOSED_DESCRIPTORS);
            }
            Path filter = folder.resolve("filter");
            Files.write(filter, Seccomp.bytes(Seccomp.program(Seccomp.here(), Set.of())));
            SandboxUsers.own(workspace, java.util.OptionalInt.of(USER));
            List<String> line =
                    new Confinement(bubblewrap, java.util.OptionalInt.of(USER), TIGHT, walls)
                            .around(
                                    filter,
                                    folder.resolve("status"),
                                    workspace,
                                    List.of("/usr/bin/python3", "-I", "-c", program));
            List<String> opened =
                    new ArrayList<>(
                            List.of("/bin/sh", "-c", "exec 7</etc/passwd; exec \"$@\"", "x"));
            opened.addAll(line);
            assertThat(output(new ProcessBuilder(opened)).contains("ESCAPED")).isEqualTo(!closed);
        }
    }

    @Test
    void aCommandReadsItsInputAndItsChangesAreTold() throws Exception {
        Files.writeString(workspace.resolve("goes"), "x");
        Ran ran =
                (Ran)
                        sandbox()
                                .run(
                                        new Job(
                                                List.of(
                                                        "/bin/sh",
                                                        "-c",
                                                        "cat > new; echo more >> given.txt; rm goes; exit 7"),
                                                "typed".getBytes(StandardCharsets.UTF_8),
                                                workspace,
                                                TIGHT));
        assertThat(ran.end()).isEqualTo(new End.Exited(7));
        assertThat(ran.tree().added()).containsExactly("new");
        assertThat(ran.tree().changed()).containsExactly("given.txt");
        assertThat(ran.tree().removed()).containsExactly("goes");
        assertThat(ran.tree().quarantined()).isEmpty();
        assertThat(workspace.resolve("new")).hasContent("typed");
    }

    @Test
    void theSameTreeHasTheSameDigestAndAnyOtherAnother() throws Exception {
        String first = ((Ran) python(sandbox(), "open('a', 'w').write('1')")).tree().digest();
        String same = ((Ran) python(sandbox(), "open('a', 'w').write('1')")).tree().digest();
        String other = ((Ran) python(sandbox(), "open('a', 'w').write('2')")).tree().digest();
        String mode = ((Ran) python(sandbox(), "import os; os.chmod('a', 0o700)")).tree().digest();
        assertThat(same).isEqualTo(first);
        assertThat(Set.of(first, other, mode)).hasSize(3);
    }

    /// At any moment of its start, not only once it runs.
    @RepeatedTest(20)
    void anInterruptedCallerLeavesNothingRunning(RepetitionInfo repetition) throws Exception {
        SandboxUsers.killAll(USER);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        Thread caller =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        python(sandbox(), "import time; time.sleep(60)");
                                    } catch (Exception expected) {
                                        Thread.currentThread().interrupt();
                                    }
                                });
        while (processesOfTheUser().size() <= repetition.getCurrentRepetition() % 3) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
        caller.interrupt();
        caller.join();
        while (!processesOfTheUser().isEmpty()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    @Test
    void nothingRunsWhereItCannotBeConfined() throws Exception {
        Path broken =
                Files.writeString(folder.resolve("broken"), "#!/bin/sh\necho no >&2; exit 1\n");
        Files.setPosixFilePermissions(broken, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (Path program : List.of(broken, folder.resolve("missing"))) {
            BubblewrapSandbox sandbox =
                    new BubblewrapSandbox(program, folder.resolve("state"), USER, 1);
            assertThat(python(sandbox, "open('ran', 'w')")).isInstanceOf(Result.Unavailable.class);
            assertThat(workspace.resolve("ran")).doesNotExist();
            assertThat(sandbox.problem()).isPresent();
        }
        assertThat(sandbox().problem()).isEmpty();
    }

    @Test
    void aProgramThatIsNotThereIsTold() throws Exception {
        Ran ran =
                (Ran)
                        sandbox()
                                .run(
                                        new Job(
                                                List.of("/usr/bin/nonesuch"),
                                                new byte[0],
                                                workspace,
                                                TIGHT));
        assertThat(ran.end()).isEqualTo(new End.Exited(127));
        assertThat(new String(ran.errors().kept(), StandardCharsets.UTF_8)).contains("nonesuch");
    }
}
