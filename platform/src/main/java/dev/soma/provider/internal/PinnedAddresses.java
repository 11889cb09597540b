package dev.soma.provider.internal;

import dev.soma.provider.Endpoint;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Resolves the host of a provider, checks the very address that will be connected to, and keeps to
/// it: a name that points elsewhere later is checked again before anybody connects there.
/// Thread-safe.
class PinnedAddresses {
    private static final Logger log = LoggerFactory.getLogger(PinnedAddresses.class);
    private static final long KEEP_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final Vertx vertx;
    private final ProviderSettings settings;
    private final Map<Place, Pinned> pinned = new ConcurrentHashMap<>();

    /// An endpoint without its key.
    private record Place(URI url, boolean privateNetwork) {
        static Place of(Endpoint endpoint) {
            return new Place(endpoint.baseUrl(), endpoint.privateNetwork());
        }
    }

    private record Pinned(SocketAddress address, long sinceNanos) {}

    PinnedAddresses(Vertx vertx, ProviderSettings settings) {
        this.vertx = vertx;
        this.settings = settings;
    }

    /// The address to connect to; fails when the host does not resolve, or to nothing that is
    /// allowed.
    Future<SocketAddress> pin(Endpoint endpoint) {
        Pinned known = pinned.get(Place.of(endpoint));
        if (known != null && System.nanoTime() - known.sinceNanos() < KEEP_NANOS) {
            return Future.succeededFuture(known.address());
        }
        Promise<SocketAddress> pinning = Promise.promise();
        Context loop = vertx.getOrCreateContext();
        Thread.startVirtualThread(() -> resolve(endpoint, loop, pinning));
        return pinning.future();
    }

    private void resolve(Endpoint endpoint, Context loop, Promise<SocketAddress> pinning) {
        try {
            SocketAddress address = resolve(endpoint);
            pinned.put(Place.of(endpoint), new Pinned(address, System.nanoTime()));
            loop.runOnContext(nothing -> pinning.complete(address));
        } catch (UnknownHostException e) {
            loop.runOnContext(nothing -> pinning.fail(e));
        }
    }

    private SocketAddress resolve(Endpoint endpoint) throws UnknownHostException {
        URI url = endpoint.baseUrl();
        for (InetAddress address : InetAddress.getAllByName(url.getHost())) {
            Optional<String> objection =
                    AddressGuard.objection(
                            address, !endpoint.tls(), settings, endpoint.privateNetwork());
            if (objection.isEmpty()) {
                return SocketAddress.inetSocketAddress(endpoint.port(), address.getHostAddress());
            }
        }
        log.atError()
                .addKeyValue("host", url.getHost())
                .log(
                        "a provider's host resolves to addresses that are not allowed; it is not called");
        throw new UnknownHostException(url.getHost());
    }
}
