package dev.soma.identity.internal;

import dev.soma.events.Changes;
import dev.soma.identity.Identities;
import dev.soma.identity.Identities.Outcome.Authenticated;
import dev.soma.identity.Identities.Outcome.Rejected;
import dev.soma.kernel.Actor;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Identifiers;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.TraceContext;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import jakarta.servlet.http.HttpServletRequest;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/// Gives every route of the control plane its [ActorContext]; a route that does not ask for one is
/// open on purpose.
@Configuration(proxyBeanMethods = false)
@RunsIn(Role.API)
class ActorArguments implements WebMvcConfigurer, HandlerMethodArgumentResolver {
    private static final int DEADLINE_SECONDS = 30;

    private final Identities identities;
    private final Changes changes;
    private final Identifiers identifiers;
    private final InstantSource clock;

    ActorArguments(
            Identities identities, Changes changes, Identifiers identifiers, InstantSource clock) {
        this.identities = identities;
        this.changes = changes;
        this.identifiers = identifiers;
        this.clock = clock;
    }

    @Override
    public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
        resolvers.add(this);
    }

    @Override
    public boolean supportsParameter(MethodParameter parameter) {
        return parameter.getParameterType().equals(ActorContext.class);
    }

    @Override
    public Object resolveArgument(
            MethodParameter parameter,
            @Nullable ModelAndViewContainer container,
            NativeWebRequest web,
            @Nullable WebDataBinderFactory binder) {
        HttpServletRequest request = web.getNativeRequest(HttpServletRequest.class);
        if (request == null) {
            throw new IllegalStateException("an actor exists only within an HTTP request");
        }
        if (!changes.current()) {
            throw Reply.refuse(
                    ProblemKind.GOVERNANCE_STALE,
                    "The database has not confirmed this node's state; try again.");
        }
        String header = Optional.ofNullable(request.getHeader("Authorization")).orElse("");
        if (!header.regionMatches(true, 0, "Bearer ", 0, 7)) {
            throw Reply.refuse(
                    ProblemKind.CREDENTIAL_MISSING, "Send 'Authorization: Bearer <key or token>'.");
        }
        return switch (identities.authenticate(header.substring(7).strip())) {
            case Authenticated(Actor actor) -> context(actor, request);
            case Rejected(String reason) ->
                    throw Reply.refuse(
                            ProblemKind.CREDENTIAL_INVALID, "The key or token is not valid.");
        };
    }

    private ActorContext context(Actor actor, HttpServletRequest request) {
        UUID fresh = identifiers.next();
        String requestId =
                Optional.ofNullable(request.getHeader("X-Request-Id")).orElse(fresh.toString());
        TraceContext trace =
                TraceContext.from(Collections.list(request.getHeaders("traceparent")), fresh);
        return new ActorContext(
                actor,
                actor.tenant(),
                requestId,
                trace,
                clock.instant().plusSeconds(DEADLINE_SECONDS));
    }
}
