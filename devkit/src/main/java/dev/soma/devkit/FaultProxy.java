package dev.soma.devkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A TCP proxy on loopback that breaks on command, in front of any address.
public final class FaultProxy implements AutoCloseable {
    private static final int BACKLOG = 256;
    private static final int BUFFER_BYTES = 1 << 14;
    private static final int CONNECT_MILLIS = 5000;
    private static final int MAX_CONNECTIONS = 4096;

    private final InetSocketAddress target;
    private final int port;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition flowing = lock.newCondition();
    private final AtomicLong toClientBytes = new AtomicLong();
    private final AtomicLong toServerBytes = new AtomicLong();
    private final AtomicLong connections = new AtomicLong();
    private final AtomicLong cutAtBytes = new AtomicLong(Long.MAX_VALUE);
    private boolean stalled;
    private boolean closed;
    private @Nullable ServerSocket listener;

    private FaultProxy(int port, InetSocketAddress target) {
        this.port = port;
        this.target = target;
        accept();
    }

    public static FaultProxy to(String host, int port) {
        return listeningAt(Ports.free(), host, port);
    }

    public static FaultProxy listeningAt(int listenPort, String host, int port) {
        return new FaultProxy(listenPort, new InetSocketAddress(host, port));
    }

    public String host() {
        return "127.0.0.1";
    }

    public int port() {
        return port;
    }

    public long connections() {
        return connections.get();
    }

    public long toClientBytes() {
        return toClientBytes.get();
    }

    public long toServerBytes() {
        return toServerBytes.get();
    }

    /// Resets every open connection; new ones are accepted.
    public void cut() {
        sockets.forEach(FaultProxy::reset);
        sockets.clear();
    }

    /// Cuts once when so many further bytes have gone to clients.
    public void cutAfterBytesToClient(long bytes) {
        cutAtBytes.set(toClientBytes.get() + bytes);
    }

    /// Connections stay open and silent, in both directions, until [#resume()].
    public void stall() {
        setStalled(true);
    }

    public void resume() {
        setStalled(false);
    }

    private void setStalled(boolean value) {
        lock.lock();
        try {
            stalled = value;
            flowing.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// New connections are refused as if nothing listened; open ones are reset.
    public void refuse() {
        lock.lock();
        try {
            ServerSocket current = listener;
            listener = null;
            closeQuietly(current);
        } finally {
            lock.unlock();
        }
        cut();
    }

    /// Accepts connections, again after [#refuse()].
    public void accept() {
        lock.lock();
        try {
            if (listener != null || closed) {
                return;
            }
            ServerSocket socket = new ServerSocket();
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
            listener = socket;
            Thread.ofVirtual().name("fault-proxy-" + port).start(() -> acceptLoop(socket));
        } catch (IOException failure) {
            throw EngineException.passing(
                    "could not listen at 127.0.0.1:" + port + " for a fault proxy", failure);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        refuse();
        resume();
    }

    private void acceptLoop(ServerSocket from) {
        while (!from.isClosed()) {
            try {
                Socket client = from.accept();
                if (sockets.size() >= MAX_CONNECTIONS) {
                    reset(client);
                    continue;
                }
                connections.incrementAndGet();
                sockets.add(client);
                Thread.ofVirtual().start(() -> connect(client));
            } catch (IOException ended) {
                closeQuietly(from);
            }
        }
    }

    private void connect(Socket client) {
        Socket server = new Socket();
        try {
            server.connect(target, CONNECT_MILLIS);
            server.setTcpNoDelay(true);
            client.setTcpNoDelay(true);
        } catch (IOException refused) {
            end(client, server);
            return;
        }
        sockets.add(server);
        if (!sockets.contains(client)) {
            end(client, server);
            return;
        }
        Thread.ofVirtual().start(() -> pump(client, server, false));
        pump(server, client, true);
    }

    private void pump(Socket from, Socket to, boolean toClient) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream input = from.getInputStream();
            OutputStream output = to.getOutputStream();
            for (int read = input.read(buffer); read >= 0; read = input.read(buffer)) {
                awaitFlow();
                write(output, buffer, read, toClient);
            }
            awaitFlow();
            to.shutdownOutput();
            if (from.isOutputShutdown()) {
                end(from, to);
            }
        } catch (IOException broken) {
            end(from, to);
        }
    }

    private void write(OutputStream output, byte[] buffer, int read, boolean toClient)
            throws IOException {
        int length = read;
        boolean cutting = false;
        if (toClient) {
            long left = cutAtBytes.get() - toClientBytes.get();
            if (left <= read) {
                length = (int) Math.max(0, left);
                cutting = cutAtBytes.getAndSet(Long.MAX_VALUE) != Long.MAX_VALUE;
            }
        }
        output.write(buffer, 0, cutting ? length : read);
        (toClient ? toClientBytes : toServerBytes).addAndGet(cutting ? length : read);
        if (cutting) {
            cut();
        }
    }

    private void awaitFlow() throws IOException {
        lock.lock();
        try {
            while (stalled && !closed) {
                flowing.await();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        } finally {
            lock.unlock();
        }
    }

    private void end(Socket one, Socket other) {
        sockets.remove(one);
        sockets.remove(other);
        closeQuietly(one);
        closeQuietly(other);
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException alreadyClosed) {
            closeQuietly(socket);
        }
        closeQuietly(socket);
    }

    private static void closeQuietly(@Nullable AutoCloseable resource) {
        try {
            if (resource != null) {
                resource.close();
            }
        } catch (Exception alreadyClosed) {
            Thread.onSpinWait();
        }
    }
}
