package dev.soma.cli;

import dev.soma.devkit.ConnectionFile;
import dev.soma.devkit.EngineException;
import dev.soma.devkit.Home;
import dev.soma.devkit.Part;
import dev.soma.devkit.PartStatus;
import dev.soma.devkit.Stack;
import dev.soma.devkit.StackOptions;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The background process of `./soma up`: owns the parts, answers commands, keeps `connection.json`
/// true.
public final class SupervisorMain {
    /// What the supervisor as a whole is doing.
    private enum Phase {
        STARTING,
        READY,
        FAILED,
        STOPPING;

        String id() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    private static final JsonMapper JSON = JsonMapper.shared();
    static final int ANOTHER_RUNS = 3;

    private final Home home;
    private final Stack stack;
    private final SupervisorLog log = new SupervisorLog();
    private final ExecutorService starter = Executors.newSingleThreadExecutor();
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.STARTING);
    private volatile String problem = "";

    private SupervisorMain(Home home, StackOptions options) {
        this.home = home;
        this.stack = new Stack(options, log::progress, this::changed);
    }

    /// Arguments: the names of the parts to start.
    public static void main(String[] arguments) throws IOException {
        Home home = Home.find();
        try (FileChannel channel =
                        FileChannel.open(
                                Control.lockFile(home),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock == null) {
                System.err.println("another supervisor holds " + Control.lockFile(home));
                System.exit(ANOTHER_RUNS);
            }
            Set<Part> parts = EnumSet.noneOf(Part.class);
            for (String name : arguments) {
                parts.add(
                        Part.find(name)
                                .orElseThrow(
                                        () -> new CommandException("no part is called " + name)));
            }
            StackOptions options =
                    StackOptions.in(home)
                            .gatewayPort(GatewayPort.fromEnvironment())
                            .attachedByEnvironment(System.getenv())
                            .only(parts);
            new SupervisorMain(home, options).run();
        }
        System.exit(0);
    }

    private void run() throws IOException {
        Path socket = Control.create(home);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "stop"));
            Thread.ofPlatform().daemon().name("control").start(() -> serve(server));
            log.note(
                    "supervisor started",
                    Map.of("pid", ProcessHandle.current().pid(), "home", home.path().toString()));
            bringUp();
            ended.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } finally {
            stop();
            Control.remove(home, socket);
        }
    }

    private void bringUp() {
        phase.set(Phase.STARTING);
        starter.execute(
                () -> {
                    try {
                        List<String> started = stack.heal();
                        log.note("all parts are ready", Map.of("started", started));
                        problem = "";
                        if (phase.compareAndSet(Phase.STARTING, Phase.READY)) {
                            writeConnection();
                        }
                    } catch (EngineException failure) {
                        problem = String.valueOf(failure.getMessage());
                        phase.compareAndSet(Phase.STARTING, Phase.FAILED);
                        log.note("not all parts are ready", Map.of("reason", problem));
                    }
                });
    }

    private void changed(PartStatus status) {
        log.note(
                status.part().id() + " " + status.state().id(),
                Map.of(
                        "pid",
                        status.pid(),
                        "restarts",
                        status.restarts(),
                        "reason",
                        status.reason()));
        if (phase.get() == Phase.READY) {
            writeConnection();
        }
    }

    private synchronized void writeConnection() {
        try {
            ConnectionFile.write(stack, ProcessHandle.current().pid());
        } catch (IOException failure) {
            problem = "could not write " + home.connectionFile() + ": " + failure.getMessage();
            log.note(problem, Map.of());
        }
    }

    private void serve(ServerSocketChannel server) {
        while (server.isOpen()) {
            try {
                SocketChannel client = server.accept();
                Thread.ofVirtual().start(() -> answer(client));
            } catch (ClosedChannelException closed) {
                return;
            } catch (IOException failure) {
                log.note(
                        "a command could not connect",
                        Map.of("reason", String.valueOf(failure.getMessage())));
            }
        }
    }

    private void answer(SocketChannel client) {
        try (client) {
            String request = Control.readLine(client, Control.MAX_REQUEST_BYTES);
            boolean known = carryOut(request);
            ObjectNode answer =
                    known ? state() : JSON.createObjectNode().put("error", "unknown request");
            byte[] bytes =
                    (JSON.writeValueAsString(answer) + "\n").getBytes(StandardCharsets.UTF_8);
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                client.write(buffer);
            }
            if (request.equals("stop")) {
                ended.countDown();
            }
        } catch (IOException gone) {
            log.note("a command went away", Map.of("reason", String.valueOf(gone.getMessage())));
        }
    }

    private boolean carryOut(String request) {
        return switch (request) {
            case "status" -> true;
            case "refresh" -> {
                writeConnection();
                yield true;
            }
            case "heal" -> {
                if (phase.get() != Phase.STARTING && phase.get() != Phase.STOPPING) {
                    bringUp();
                }
                yield true;
            }
            case "stop" -> {
                phase.set(Phase.STOPPING);
                yield true;
            }
            default -> false;
        };
    }

    private ObjectNode state() {
        ObjectNode root = JSON.createObjectNode();
        root.put("supervisor", ProcessHandle.current().pid());
        root.put("home", home.path().toString());
        root.put("gateway", stack.has(Part.PLATFORM) ? stack.gateway() : "");
        root.put("phase", phase.get().id());
        root.put("problem", problem);
        ArrayNode parts = root.putArray("parts");
        for (PartStatus status : stack.status()) {
            parts.addObject()
                    .put("part", status.part().id())
                    .put("state", status.state().id())
                    .put("pid", status.pid())
                    .put("port", status.port())
                    .put("restarts", status.restarts())
                    .put("since", status.since().toString())
                    .put("reason", status.reason());
        }
        return root;
    }

    private synchronized void stop() {
        phase.set(Phase.STOPPING);
        starter.shutdownNow();
        stack.stop();
        try {
            Files.deleteIfExists(home.connectionFile());
        } catch (IOException failure) {
            log.note("could not delete " + home.connectionFile(), Map.of());
        }
        log.note("supervisor stopped", Map.of());
        ended.countDown();
    }
}
