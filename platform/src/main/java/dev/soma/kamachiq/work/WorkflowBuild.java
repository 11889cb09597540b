package dev.soma.kamachiq.work;

import dev.soma.kamachiq.plan.Board;
import dev.soma.kernel.Digest;
import io.temporal.common.WorkerDeploymentVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/// Names the workflow code of this build: projects stay with workers of the build that began them,
/// and two builds whose workflows are the same byte for byte are one.
public final class WorkflowBuild {
    /// The worker deployment's name on the Temporal server.
    public static final String DEPLOYMENT = "kamachiq";

    private static final int DIGITS = 16;

    private static final List<Class<?>> CODE =
            List.of(
                    Project.class,
                    Execution.class,
                    AgentTask.class,
                    Certify.class,
                    Agents.class,
                    Attempts.class,
                    Chronicle.class,
                    Estimates.class,
                    Patience.class,
                    Payloads.class,
                    PlannedTask.class,
                    ProjectGraph.class,
                    Savings.class,
                    Stubs.class,
                    Visibility.class,
                    Board.class);

    private WorkflowBuild() {}

    /// @param named by an operator; empty for what the code itself is
    public static WorkerDeploymentVersion version(String named) {
        return new WorkerDeploymentVersion(DEPLOYMENT, id(named));
    }

    /// @param named by an operator; empty for what the code itself is
    public static String id(String named) {
        return named.isEmpty() ? ofCode() : named;
    }

    private static String ofCode() {
        MessageDigest digest = Digest.newSha256();
        CODE.stream()
                .flatMap(type -> Arrays.stream(type.getNestMembers()))
                .distinct()
                .sorted(Comparator.comparing(Class::getName))
                .forEach(type -> digest.update(bytes(type)));
        return HexFormat.of().formatHex(digest.digest()).substring(0, DIGITS);
    }

    private static byte[] bytes(Class<?> type) {
        String path = type.getName().replace('.', '/') + ".class";
        try (InputStream in = type.getClassLoader().getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("the class file of " + type + " is missing");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("a class file cannot be read", e);
        }
    }
}
