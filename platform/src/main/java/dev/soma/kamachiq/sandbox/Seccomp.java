package dev.soma.kamachiq.sandbox;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The filter on system calls, as a program for the kernel's classic BPF machine: 8-byte
/// instructions `{u16 code, u8 jt, u8 jf, u32 k}` over `struct seccomp_data` (seccomp(2),
/// linux/filter.h). Calls of another processor's numbering kill the process; a call that is named
/// here answers an error; every other call is allowed, since namespaces and limits bound those.
///
/// Of arguments only the low 32 bits are compared, which is what the kernel reads of an `int`.
final class Seccomp {
    private static final int LOAD_WORD = 0x20;
    private static final int JUMP_EQUAL = 0x15;
    private static final int JUMP_AT_LEAST = 0x35;
    private static final int JUMP_ANY_BIT = 0x45;
    private static final int RETURN = 0x06;

    static final int KILL = 0x8000_0000;
    static final int ALLOW = 0x7FFF_0000;
    private static final int ERROR = 0x0005_0000;
    static final int NOT_PERMITTED = ERROR | 1;
    static final int NO_SUCH_CALL = ERROR | 38;

    private static final int NUMBER_AT = 0;
    private static final int ARCHITECTURE_AT = 4;
    private static final int ARGUMENTS_AT = 16;
    /// Numbers from here on are the x32 ABI's, another door to the same calls.
    private static final int OTHER_ABI = 0x4000_0000;

    private static final int NAMESPACES = 0x7E02_0000;
    private static final int MULTIPATH_TCP = 262;
    private static final Set<Integer> TERMINAL_REQUESTS = Set.of(0x5412, 0x541C);
    private static final int INTERNET = 2;
    private static final int INTERNET_6 = 10;

    /// One processor family.
    ///
    /// @param audit its number in `seccomp_data.arch`
    /// @param calls number of each call by name
    record Architecture(int audit, Map<String, Integer> calls) {}

    /// One instruction of the program.
    record Instruction(int code, int whenTrue, int whenFalse, int value) {}

    static final Architecture X86_64 =
            new Architecture(
                    0xC000_003E,
                    table(
                            """
                            ioctl 16, socket 41, clone 56, ptrace 101, syslog 103, mount 165, umount2 166, swapon 167,
                            swapoff 168, reboot 169, init_module 175, delete_module 176, quotactl 179, pivot_root 155,
                            acct 163, settimeofday 164, kexec_load 246, add_key 248, request_key 249, keyctl 250,
                            unshare 272, perf_event_open 298, fanotify_init 300, name_to_handle_at 303,
                            open_by_handle_at 304, setns 308, process_vm_readv 310, process_vm_writev 311, kcmp 312,
                            finit_module 313, kexec_file_load 320, bpf 321, userfaultfd 323, io_uring_setup 425,
                            io_uring_enter 426, io_uring_register 427, open_tree 428, move_mount 429, fsopen 430,
                            fsconfig 431, fsmount 432, fspick 433, clone3 435, pidfd_getfd 438, mount_setattr 442,
                            chroot 161, clock_settime 227, iopl 172, ioperm 173, personality 135, uselib 134,
                            modify_ldt 154, memfd_secret 447, quotactl_fd 443
                            """));
    static final Architecture AARCH64 =
            new Architecture(
                    0xC000_00B7,
                    table(
                            """
                            ioctl 29, socket 198, clone 220, ptrace 117, syslog 116, mount 40, umount2 39, swapon 224,
                            swapoff 225, reboot 142, init_module 105, delete_module 106, quotactl 60, pivot_root 41,
                            acct 89, settimeofday 170, kexec_load 104, add_key 217, request_key 218, keyctl 219,
                            unshare 97, perf_event_open 241, fanotify_init 262, name_to_handle_at 264,
                            open_by_handle_at 265, setns 268, process_vm_readv 270, process_vm_writev 271, kcmp 272,
                            finit_module 273, kexec_file_load 294, bpf 280, userfaultfd 282, io_uring_setup 425,
                            io_uring_enter 426, io_uring_register 427, open_tree 428, move_mount 429, fsopen 430,
                            fsconfig 431, fsmount 432, fspick 433, clone3 435, pidfd_getfd 438, mount_setattr 442,
                            chroot 51, clock_settime 112, personality 92, memfd_secret 447,
                            quotactl_fd 443
                            """));

    /// Calls with a rule on their arguments.
    private static final Set<String> BY_ARGUMENT = Set.of("ioctl", "socket", "clone");

    /// Calls that callers try first and do without when the kernel is too old for them.
    private static final Set<String> AS_IF_UNKNOWN =
            Set.of("clone3", "io_uring_setup", "io_uring_enter", "io_uring_register");

    private final List<Instruction> program = new ArrayList<>();

    private Seccomp() {}

    private static Map<String, Integer> table(String text) {
        Map<String, Integer> calls = new TreeMap<>();
        for (String entry : text.strip().split(",")) {
            String[] parts = entry.strip().split(" ");
            calls.put(parts[0], Integer.parseInt(parts[1]));
        }
        return Map.copyOf(calls);
    }

    /// The family of the machine this runs on.
    ///
    /// @throws IllegalStateException for one without a table
    static Architecture here() {
        String name = System.getProperty("os.arch");
        return switch (name) {
            case "amd64", "x86_64" -> X86_64;
            case "aarch64" -> AARCH64;
            default -> throw new IllegalStateException("no table of system calls for " + name);
        };
    }

    /// The program for a family.
    ///
    /// @param without names of calls that are let through, for the tests of this package
    static List<Instruction> program(Architecture family, Set<String> without) {
        Seccomp filter = new Seccomp();
        filter.requireFamily(family);
        for (var call : new TreeMap<>(family.calls()).entrySet()) {
            if (!without.contains(call.getKey())) {
                filter.rule(call.getKey(), call.getValue());
            }
        }
        filter.add(RETURN, 0, 0, ALLOW);
        return List.copyOf(filter.program);
    }

    /// The program as the kernel and bubblewrap read it.
    static byte[] bytes(List<Instruction> program) {
        ByteBuffer out = ByteBuffer.allocate(8 * program.size()).order(ByteOrder.nativeOrder());
        for (Instruction instruction : program) {
            out.putShort((short) instruction.code())
                    .put((byte) instruction.whenTrue())
                    .put((byte) instruction.whenFalse())
                    .putInt(instruction.value());
        }
        return out.array();
    }

    private void add(int code, int whenTrue, int whenFalse, int value) {
        program.add(new Instruction(code, whenTrue, whenFalse, value));
    }

    private void requireFamily(Architecture family) {
        add(LOAD_WORD, 0, 0, ARCHITECTURE_AT);
        add(JUMP_EQUAL, 1, 0, family.audit());
        add(RETURN, 0, 0, KILL);
        add(LOAD_WORD, 0, 0, NUMBER_AT);
        add(JUMP_AT_LEAST, 0, 1, OTHER_ABI);
        add(RETURN, 0, 0, KILL);
    }

    private void rule(String name, int number) {
        List<Instruction> whenCalled =
                switch (name) {
                    case "socket" -> internetOnly();
                    case "clone" -> noNamespaces();
                    case "ioctl" -> noTerminalInput();
                    default ->
                            List.of(
                                    new Instruction(
                                            RETURN,
                                            0,
                                            0,
                                            AS_IF_UNKNOWN.contains(name)
                                                    ? NO_SUCH_CALL
                                                    : NOT_PERMITTED));
                };
        add(JUMP_EQUAL, 0, whenCalled.size(), number);
        program.addAll(whenCalled);
    }

    /// True for calls whose arguments decide.
    static boolean isByArgument(String name) {
        return BY_ARGUMENT.contains(name);
    }

    private static Instruction loadArgument(int index) {
        return new Instruction(LOAD_WORD, 0, 0, ARGUMENTS_AT + 8 * index + lowWord());
    }

    private static int lowWord() {
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? 0 : 4;
    }

    /// Sockets of the two internet families, which lead nowhere but to the sandbox's own loopback;
    /// no other family, and no other transport below them than theirs.
    private static List<Instruction> internetOnly() {
        return List.of(
                loadArgument(0),
                new Instruction(JUMP_EQUAL, 2, 0, INTERNET),
                new Instruction(JUMP_EQUAL, 1, 0, INTERNET_6),
                new Instruction(RETURN, 0, 0, NOT_PERMITTED),
                loadArgument(2),
                new Instruction(JUMP_EQUAL, 0, 1, MULTIPATH_TCP),
                new Instruction(RETURN, 0, 0, NOT_PERMITTED),
                new Instruction(RETURN, 0, 0, ALLOW));
    }

    private static List<Instruction> noNamespaces() {
        return List.of(
                loadArgument(0),
                new Instruction(JUMP_ANY_BIT, 0, 1, NAMESPACES),
                new Instruction(RETURN, 0, 0, NOT_PERMITTED),
                new Instruction(RETURN, 0, 0, ALLOW));
    }

    private static List<Instruction> noTerminalInput() {
        List<Instruction> rule = new ArrayList<>();
        rule.add(loadArgument(1));
        for (int request : TERMINAL_REQUESTS.stream().sorted().toList()) {
            rule.add(new Instruction(JUMP_EQUAL, 0, 1, request));
            rule.add(new Instruction(RETURN, 0, 0, NOT_PERMITTED));
        }
        rule.add(new Instruction(RETURN, 0, 0, ALLOW));
        return rule;
    }
}
