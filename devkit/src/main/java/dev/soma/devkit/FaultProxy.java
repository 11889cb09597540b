package dev.soma.devkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
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
    private @Nullable Thread acceptor;

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

    /// Ends the connection that carries the last of so many further bytes to a client, once. A
    /// reset would take bytes along that the client has not read yet, so this is an end of stream:
    /// the client gets exactly those bytes.
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
        @Nullable Thread ending;
        lock.lock();
        try {
            ServerSocket current = listener;
            ending = acceptor;
            listener = null;
            acceptor = null;
            closeQuietly(current);
        } finally {
            lock.unlock();
        }
        awaitEnd(ending);
        cut();
    }

    /// The kernel lets go of the port only when the thread that accepts has left.
    private static void awaitEnd(@Nullable Thread thread) {
        try {
            if (thread != null && !thread.join(Duration.ofSeconds(5))) {
                throw EngineException.passing("the fault proxy's listener would not end", null);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
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
            acceptor =
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
            boolean cut = false;
            int read = input.read(buffer);
            while (read >= 0 && !cut) {
                awaitFlow();
                int length = toClient ? allowed(read) : read;
                // Counted first: who has read a byte finds it counted when it sets the next cut.
                (toClient ? toClientBytes : toServerBytes).addAndGet(length);
                cut = toClient && cutNow();
                output.write(buffer, 0, length);
                read = cut ? read : input.read(buffer);
            }
            awaitFlow();
            to.shutdownOutput();
            if (cut || from.isOutputShutdown()) {
                end(from, to);
            }
        } catch (IOException broken) {
            end(from, to);
        }
    }

    private int allowed(int read) {
        return (int) Math.min(read, Math.max(0, cutAtBytes.get() - toClientBytes.get()));
    }

    /// True for one connection, when the bytes that were allowed have gone.
    private boolean cutNow() {
        return toClientBytes.get() >= cutAtBytes.get()
                && cutAtBytes.getAndSet(Long.MAX_VALUE) != Long.MAX_VALUE;
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
