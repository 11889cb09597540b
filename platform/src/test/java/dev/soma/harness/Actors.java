package dev.soma.harness;

import dev.soma.kernel.Actor;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Permit;
import dev.soma.kernel.TenantId;
import dev.soma.kernel.TraceContext;
import dev.soma.kernel.UserId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// Actors and permits for tests of one module.
public final class Actors {
    private static final Permit.Mint MINT = Permit.Mint.forPolicy();

    private Actors() {}

    public static ActorContext user(String tenant, String user, String... capabilities) {
        UUID id = UUID.randomUUID();
        TenantId own = new TenantId(tenant);
        return new ActorContext(
                new Actor(own, new UserId(user), Optional.empty(), Set.of(capabilities)),
                own,
                id.toString(),
                TraceContext.from(List.of(), id),
                Instant.now().plusSeconds(30));
    }

    public static Permit permit(String tenant) {
        return MINT.mint(new TenantId(tenant), UUID.randomUUID());
    }
}
