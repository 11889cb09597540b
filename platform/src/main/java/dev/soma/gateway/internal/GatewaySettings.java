package dev.soma.gateway.internal;

import dev.soma.runtime.Settings;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param host address to listen on
/// @param port 0 takes a free one
/// @param apiUrl control plane of another process; empty when it is in this one
/// @param maxBodyBytes of a request
/// @param maxHeaderBytes of a request
/// @param headerTimeoutMillis from the connection to the end of the first request's headers
/// @param bodyTimeoutMillis for the whole body
/// @param idleTimeoutMillis of a connection between requests
/// @param stallTimeoutMillis after which a caller that does not read is taken for gone
/// @param heartbeatMillis between comments on a silent stream
/// @param drainMillis that running turns get at shutdown
@Settings("soma.gateway")
record GatewaySettings(
        @DefaultValue("127.0.0.1") String host,
        @DefaultValue("10000") int port,
        @DefaultValue("") String apiUrl,
        @DefaultValue("1048576") int maxBodyBytes,
        @DefaultValue("16384") int maxHeaderBytes,
        @DefaultValue("10000") int headerTimeoutMillis,
        @DefaultValue("30000") int bodyTimeoutMillis,
        @DefaultValue("75000") int idleTimeoutMillis,
        @DefaultValue("30000") int stallTimeoutMillis,
        @DefaultValue("15000") int heartbeatMillis,
        @DefaultValue("25000") int drainMillis) {}
