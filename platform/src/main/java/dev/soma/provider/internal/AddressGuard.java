package dev.soma.provider.internal;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Optional;

/// Keeps provider URLs from pointing where nobody meant them to: no credentials in the URL, https
/// except on loopback,
/// no private, link-local, multicast or metadata addresses unless the platform allows them.
final class AddressGuard {
    private AddressGuard() {}

    /// @return what is wrong with the URL, or empty
    static Optional<String> objection(URI url, ProviderSettings settings, boolean privateAsked) {
        String host = url.getHost();
        if (host == null
                || url.getUserInfo() != null
                || url.getQuery() != null
                || url.getFragment() != null) {
            return Optional.of("must be an absolute URL without credentials, query or fragment");
        }
        if (!"https".equals(url.getScheme()) && !"http".equals(url.getScheme())) {
            return Optional.of("must begin with https:// or http://");
        }
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                Optional<String> objection =
                        objection(address, "http".equals(url.getScheme()), settings, privateAsked);
                if (objection.isPresent()) {
                    return objection;
                }
            }
            return Optional.empty();
        } catch (UnknownHostException e) {
            return Optional.of("names a host that does not resolve");
        }
    }

    /// @param plain whether it is called without TLS
    /// @param privateAsked whether its definition asks for a private network
    /// @return what is wrong with the address, or empty
    static Optional<String> objection(
            InetAddress address, boolean plain, ProviderSettings settings, boolean privateAsked) {
        if (address.isLoopbackAddress()) {
            return settings.allowLoopback()
                    ? Optional.empty()
                    : Optional.of(
                            "points to this machine, which 'soma.provider.allow-loopback' does not allow");
        }
        if (plain) {
            return Optional.of("must use https unless the provider is on this machine");
        }
        boolean never =
                address.isAnyLocalAddress()
                        || address.isLinkLocalAddress()
                        || address.isMulticastAddress();
        boolean guarded =
                address.isSiteLocalAddress() || isUniqueLocal(address) || isSharedSpace(address);
        if (never || (guarded && !(privateAsked && settings.allowPrivateNetwork()))) {
            return Optional.of("points to a private or reserved address");
        }
        return Optional.empty();
    }

    /// fc00::/7.
    private static boolean isUniqueLocal(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc;
    }

    /// 100.64.0.0/10 and 0.0.0.0/8.
    private static boolean isSharedSpace(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 4
                && ((bytes[0] == 100 && (bytes[1] & 0xc0) == 0x40) || bytes[0] == 0);
    }
}
