package dev.soma.kamachiq.sandbox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/// The command line that puts a command behind the walls: a shell opens the filter, `setpriv` drops
/// the user, `prlimit` sets the limits, `bwrap` builds the namespaces and the file tree. Each
/// replaces the one before in the same process.
///
/// @param bubblewrap the program
/// @param user a user of its own, where the platform may give one
/// @param walls what stands; all of them but in tests
record Confinement(Path bubblewrap, OptionalInt user, Limits limits, Set<Defence> walls) {
    /// The workspace within the sandbox.
    static final String WORKSPACE = "/w";

    /// Opens the filter as descriptor 9, closes what else may have been left open, and goes on.
    private static final String OPENING =
            "f=$1; shift; s=$1; shift; exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>\"$s\" 9<\"$f\"; exec \"$@\"";

    private static final String OPENING_ALONE =
            "f=$1; shift; s=$1; shift; exec 8>\"$s\" 9<\"$f\"; exec \"$@\"";

    /// The first process of the namespace: it collects what the command leaves, and when it ends,
    /// with the command, the kernel kills everything else. One of bubblewrap's own would be left to
    /// the host's first process, which not every container has in a form that collects.
    private static final List<String> FIRST_PROCESS =
            List.of("/bin/sh", "-c", "\"$@\"; exit $?", "sandbox");

    static Confinement behindAll(Path bubblewrap, OptionalInt user, Limits limits) {
        return new Confinement(bubblewrap, user, limits, EnumSet.allOf(Defence.class));
    }

    boolean has(Defence wall) {
        return walls.contains(wall);
    }

    /// @param filter file with the filter on system calls
    /// @param status file into which bubblewrap writes that the command ran, and how it ended
    /// @param workspace the one folder of the host that the command may write to
    List<String> around(Path filter, Path status, Path workspace, List<String> command) {
        List<String> line = new ArrayList<>();
        line.addAll(
                List.of(
                        "/bin/sh",
                        "-c",
                        has(Defence.CLOSED_DESCRIPTORS) ? OPENING : OPENING_ALONE,
                        "sandbox",
                        filter.toString(),
                        status.toString()));
        line.addAll(dropUser());
        line.addAll(bounds());
        line.add(bubblewrap.toString());
        line.addAll(List.of("--json-status-fd", "8"));
        line.addAll(namespaces());
        line.addAll(fileTree(workspace));
        if (has(Defence.CLEAN_ENVIRONMENT)) {
            line.add("--clearenv");
        }
        line.addAll(
                List.of(
                        "--setenv",
                        "PATH",
                        "/usr/bin:/bin",
                        "--setenv",
                        "HOME",
                        WORKSPACE,
                        "--setenv",
                        "TMPDIR",
                        "/tmp",
                        "--setenv",
                        "LANG",
                        "C.UTF-8",
                        "--chdir",
                        WORKSPACE));
        if (has(Defence.NO_CAPABILITIES)) {
            line.addAll(List.of("--cap-drop", "ALL"));
        } else {
            line.addAll(List.of("--cap-add", "ALL"));
        }
        if (has(Defence.SYSTEM_CALL_FILTER)) {
            line.addAll(List.of("--seccomp", "9"));
        }
        line.add("--");
        if (has(Defence.PROCESS_NAMESPACE)) {
            line.addAll(FIRST_PROCESS);
        }
        line.addAll(command);
        return line;
    }

    private List<String> dropUser() {
        if (user.isEmpty() || !has(Defence.OWN_USER)) {
            return List.of();
        }
        String id = Integer.toString(user.getAsInt());
        return List.of("/usr/bin/setpriv", "--reuid=" + id, "--regid=" + id, "--clear-groups");
    }

    private List<String> bounds() {
        List<String> line = new ArrayList<>(List.of("/usr/bin/prlimit"));
        bound(line, Defence.PROCESS_LIMIT, "nproc", limits.processes());
        bound(line, Defence.MEMORY_LIMIT, "as", limits.memoryBytes());
        bound(line, Defence.FILE_SIZE_LIMIT, "fsize", limits.fileBytes());
        bound(line, Defence.OPEN_FILE_LIMIT, "nofile", limits.openFiles());
        bound(line, Defence.CPU_LIMIT, "cpu", limits.cpuSeconds());
        bound(line, Defence.CORE_LIMIT, "core", 0);
        return line.size() == 1 ? List.of() : line;
    }

    private void bound(List<String> line, Defence wall, String name, long value) {
        if (has(wall)) {
            line.add("--" + name + "=" + value + ":" + value);
        }
    }

    private List<String> namespaces() {
        List<String> line = new ArrayList<>(List.of("--unshare-user"));
        unshare(line, Defence.PROCESS_NAMESPACE, "pid");
        unshare(line, Defence.NETWORK_NAMESPACE, "net");
        unshare(line, Defence.IPC_NAMESPACE, "ipc");
        unshare(line, Defence.HOST_NAME_NAMESPACE, "uts");
        unshare(line, Defence.CGROUP_NAMESPACE, "cgroup");
        if (has(Defence.HOST_NAME_NAMESPACE)) {
            line.addAll(List.of("--hostname", "sandbox"));
        }
        if (has(Defence.NO_MORE_USERS)) {
            line.add("--disable-userns");
        }
        if (has(Defence.PROCESS_NAMESPACE)) {
            line.addAll(List.of("--as-pid-1", "--die-with-parent"));
        }
        if (has(Defence.OWN_SESSION)) {
            line.add("--new-session");
        }
        return line;
    }

    private void unshare(List<String> line, Defence wall, String name) {
        if (has(wall)) {
            line.add("--unshare-" + name);
        }
    }

    private List<String> fileTree(Path workspace) {
        List<String> line =
                new ArrayList<>(
                        List.of(
                                has(Defence.READ_ONLY_SYSTEM) ? "--ro-bind" : "--bind",
                                "/usr",
                                "/usr",
                                "--symlink",
                                "usr/bin",
                                "/bin",
                                "--symlink",
                                "usr/lib",
                                "/lib",
                                "--symlink",
                                "usr/lib64",
                                "/lib64"));
        if (!has(Defence.OWN_ROOT)) {
            line.addAll(List.of("--bind", "/etc", "/etc", "--bind", "/var", "/var"));
        }
        line.addAll(List.of("--proc", "/proc"));
        line.addAll(
                has(Defence.OWN_DEVICES)
                        ? List.of("--dev", "/dev")
                        : List.of("--dev-bind", "/dev", "/dev"));
        if (has(Defence.TMP_LIMIT)) {
            line.addAll(List.of("--size", Long.toString(limits.tmpBytes())));
        }
        line.addAll(List.of("--tmpfs", "/tmp", "--bind", workspace.toString(), WORKSPACE));
        return line;
    }
}
