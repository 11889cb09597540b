package dev.soma.identity.internal;

import dev.soma.identity.SessionTokens;
import dev.soma.identity.internal.Directory.UserKey;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Permit;
import java.util.Optional;
import java.util.Set;

/// [SessionTokens] of the active signing key.
class SessionTokenMint implements SessionTokens {
    private static final Set<String> CHAT = Set.of("chat");

    private final IdentityService service;
    private final IdentitySettings settings;

    SessionTokenMint(IdentityService service, IdentitySettings settings) {
        this.service = service;
        this.settings = settings;
    }

    @Override
    public Optional<Minted> mint(ActorContext actor, Permit permit) {
        return service.directory()
                .activeUser(new UserKey(permit.tenant(), actor.actor().user()))
                .flatMap(user -> service.issue(actor, permit, user, CHAT, settings.tokenSeconds()))
                .map(token -> new Minted(token.text(), token.claims().expiresAt()));
    }
}
