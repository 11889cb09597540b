package dev.soma.kamachiq.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kamachiq.sandbox.Seccomp.Architecture;
import dev.soma.kamachiq.sandbox.Seccomp.Instruction;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The filter run on a machine as the kernel's manual describes it; that the kernel does the same
/// is
/// shown by [SandboxTests], call by call.
class SeccompTests {
    private static final int CALLS = 600;
    private static final long[] NO_ARGUMENTS = new long[6];

    private static List<Architecture> families() {
        return List.of(Seccomp.X86_64, Seccomp.AARCH64);
    }

    /// The kernel's classic BPF machine over `struct seccomp_data`, as far as filters use it.
    private static int run(List<Instruction> program, int audit, int number, long[] arguments) {
        ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.nativeOrder());
        data.putInt(number).putInt(audit).putLong(0);
        for (long argument : arguments) {
            data.putLong(argument);
        }
        int accumulator = 0;
        for (int at = 0; at < program.size(); at++) {
            Instruction step = program.get(at);
            switch (step.code()) {
                case 0x20 -> accumulator = data.getInt(step.value());
                case 0x15 -> at += accumulator == step.value() ? step.whenTrue() : step.whenFalse();
                case 0x35 ->
                        at +=
                                Integer.compareUnsigned(accumulator, step.value()) >= 0
                                        ? step.whenTrue()
                                        : step.whenFalse();
                case 0x45 ->
                        at +=
                                (accumulator & step.value()) != 0
                                        ? step.whenTrue()
                                        : step.whenFalse();
                case 0x06 -> {
                    return step.value();
                }
                default -> throw new AssertionError("no such instruction: " + step);
            }
        }
        throw new AssertionError("the program has no end");
    }

    @ParameterizedTest
    @MethodSource("families")
    void everyNamedCallIsRefusedAndEveryOtherIsAllowed(Architecture family) {
        List<Instruction> program = Seccomp.program(family, Set.of());
        Map<Integer, String> names =
                family.calls().entrySet().stream()
                        .collect(Collectors.toMap(Map.Entry::getValue, Map.Entry::getKey));
        assertThat(names).hasSameSizeAs(family.calls());
        for (int number = 0; number < CALLS; number++) {
            String name = names.getOrDefault(number, "");
            int answer = run(program, family.audit(), number, NO_ARGUMENTS);
            if (name.equals("socket")) {
                assertThat(answer).isEqualTo(Seccomp.NOT_PERMITTED);
            } else if (name.isEmpty() || Seccomp.isByArgument(name)) {
                assertThat(answer).as("call %d", number).isEqualTo(Seccomp.ALLOW);
            } else {
                assertThat(answer).as(name).isIn(Seccomp.NOT_PERMITTED, Seccomp.NO_SUCH_CALL);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void callsByAnotherProcessorsNumbersKill(Architecture family) {
        List<Instruction> program = Seccomp.program(family, Set.of());
        Architecture other = family.equals(Seccomp.X86_64) ? Seccomp.AARCH64 : Seccomp.X86_64;
        for (int audit : new int[] {other.audit(), 0x4000_0003, 0}) {
            assertThat(run(program, audit, 1, NO_ARGUMENTS)).isEqualTo(Seccomp.KILL);
        }
        for (int number : new int[] {0x4000_0000, 0x4000_0029, -1}) {
            assertThat(run(program, family.audit(), number, NO_ARGUMENTS)).isEqualTo(Seccomp.KILL);
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void onlyInternetSocketsAreOpenedAndOnlyTheLowHalfOfAnIntCounts(Architecture family) {
        List<Instruction> program = Seccomp.program(family, Set.of());
        int socket = family.calls().getOrDefault("socket", -1);
        for (long domain = 0; domain < 64; domain++) {
            int wanted = domain == 2 || domain == 10 ? Seccomp.ALLOW : Seccomp.NOT_PERMITTED;
            assertThat(run(program, family.audit(), socket, new long[] {domain, 1, 0, 0, 0, 0}))
                    .isEqualTo(wanted);
            assertThat(
                            run(
                                    program,
                                    family.audit(),
                                    socket,
                                    new long[] {domain | 0xABCD_0000_0000L, 1, 0, 0, 0, 0}))
                    .isEqualTo(wanted);
        }
        assertThat(run(program, family.audit(), socket, new long[] {2, 1, 262, 0, 0, 0}))
                .isEqualTo(Seccomp.NOT_PERMITTED);
    }

    @ParameterizedTest
    @MethodSource("families")
    void everyKindOfNamespaceIsRefusedToClone(Architecture family) {
        List<Instruction> program = Seccomp.program(family, Set.of());
        int clone = family.calls().getOrDefault("clone", -1);
        for (long flag :
                new long[] {
                    0x0002_0000,
                    0x0200_0000,
                    0x0400_0000,
                    0x0800_0000,
                    0x1000_0000,
                    0x2000_0000,
                    0x4000_0000
                }) {
            assertThat(run(program, family.audit(), clone, new long[] {flag | 17, 0, 0, 0, 0, 0}))
                    .isEqualTo(Seccomp.NOT_PERMITTED);
        }
        assertThat(run(program, family.audit(), clone, new long[] {0x003D_0F00, 0, 0, 0, 0, 0}))
                .as("a thread of the C library")
                .isEqualTo(Seccomp.ALLOW);
    }

    @ParameterizedTest
    @MethodSource("families")
    void aTerminalIsNotTypedInto(Architecture family) {
        List<Instruction> program = Seccomp.program(family, Set.of());
        int ioctl = family.calls().getOrDefault("ioctl", -1);
        for (long request : new long[] {0x5412, 0x541C, 0xFFFF_0000_5412L}) {
            assertThat(run(program, family.audit(), ioctl, new long[] {0, request, 0, 0, 0, 0}))
                    .isEqualTo(Seccomp.NOT_PERMITTED);
        }
        assertThat(run(program, family.audit(), ioctl, new long[] {0, 0x5401, 0, 0, 0, 0}))
                .isEqualTo(Seccomp.ALLOW);
    }

    @Test
    void theProgramIsWithinTheKernelsBoundAndAllJumpsLandInIt() {
        for (Architecture family : families()) {
            List<Instruction> program = Seccomp.program(family, Set.of());
            assertThat(program).hasSizeLessThanOrEqualTo(4_096);
            assertThat(Seccomp.bytes(program)).hasSize(8 * program.size());
            for (int at = 0; at < program.size(); at++) {
                Instruction step = program.get(at);
                int farthest = Math.max(step.whenTrue(), step.whenFalse());
                assertThat(farthest).isBetween(0, 255);
                assertThat(at + 1 + farthest).isLessThan(program.size() + 1);
            }
        }
    }
}
