package dev.soma.bench;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where a lane sends its requests.
///
/// @param modelPrefix stands before the scripted model name, `scripted/` at the gateway
/// @param pid the process whose CPU time is read, null when it is not measured
record Target(
        String name,
        URI base,
        String modelPrefix,
        Map<String, String> headers,
        @Nullable Long pid) {
    Target {
        headers = Map.copyOf(headers);
        String text = base.toString().replaceAll("/+$", "").replaceAll("/v1$", "");
        base = URI.create(text);
    }

    String completions() {
        return base.getRawPath() + "/v1/chat/completions";
    }

    int port() {
        return base.getPort() > 0 ? base.getPort() : 80;
    }

    /// The reason why this address is not plain HTTP on loopback, or null.
    static @Nullable String refusal(URI uri) {
        if (!"http".equals(uri.getScheme()) || uri.getHost() == null) {
            return uri + " is not an http:// address";
        }
        try {
            for (InetAddress address : InetAddress.getAllByName(uri.getHost())) {
                if (!address.isLoopbackAddress()) {
                    return uri
                            + " is not on loopback; --allow-remote sends load there all the same";
                }
            }
            return null;
        } catch (UnknownHostException e) {
            return "the host of " + uri + " is unknown";
        }
    }
}
