package dev.soma.provider.internal;

import dev.soma.runtime.Settings;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param allowLoopback whether a provider may live on this machine, as the SLM server does
/// @param allowPrivateNetwork whether a provider may live on a private network, if its definition
/// asks for it
/// @param connectTimeoutMillis for a connection to a provider
/// @param firstByteTimeoutMillis from the request to the provider's first byte
/// @param idleTimeoutMillis between two pieces of a stream
/// @param poolSize connections to one provider
/// @param poolQueue calls that may wait for a connection
/// @param queuePerTenant calls of one tenant that may wait for their turn at a provider
/// @param queueTotal calls that may wait for their turn at a provider
/// @param queueWaitMillis how long a call waits for its turn
/// @param maxAnswerBytes of one answer
@Settings("soma.provider")
record ProviderSettings(
        @DefaultValue("false") boolean allowLoopback,
        @DefaultValue("false") boolean allowPrivateNetwork,
        @DefaultValue("2000") int connectTimeoutMillis,
        @DefaultValue("60000") int firstByteTimeoutMillis,
        @DefaultValue("30000") int idleTimeoutMillis,
        @DefaultValue("1024") int poolSize,
        @DefaultValue("256") int poolQueue,
        @DefaultValue("64") int queuePerTenant,
        @DefaultValue("512") int queueTotal,
        @DefaultValue("30000") int queueWaitMillis,
        @DefaultValue("2097152") int maxAnswerBytes) {}
