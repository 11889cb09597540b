package dev.soma.devkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/// Free loopback ports. They are taken from below the range that the kernel gives to outgoing
/// connections, so that a restarted engine finds its port again.
public final class Ports {
    private static final int LOWEST = 15_000;
    private static final int HIGHEST = 32_000;
    private static final int ATTEMPTS = 200;
    private static final Set<Integer> GIVEN = new HashSet<>();

    private Ports() {}

    public static int free() {
        synchronized (GIVEN) {
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
                if (!GIVEN.contains(port) && isFree(port)) {
                    GIVEN.add(port);
                    return port;
                }
            }
        }
        throw EngineException.passing(
                "tried "
                        + ATTEMPTS
                        + " loopback ports between "
                        + LOWEST
                        + " and "
                        + HIGHEST
                        + " and found none free",
                null);
    }

    public static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
            return true;
        } catch (IOException busy) {
            return false;
        }
    }

    /// Whether something accepts TCP connections there now.
    static boolean accepts(String host, int port, int timeoutMillis) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), timeoutMillis);
            return true;
        } catch (IOException refused) {
            return false;
        }
    }
}
