package dev.soma.kamachiq.internal;

import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Authorizations;
import dev.soma.kernel.ProblemException;
import dev.soma.kernel.ProblemKind;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.MalformedJson;
import dev.soma.kernel.json.StrictJson;
import dev.soma.runtime.Reply;
import dev.soma.runtime.Role;
import dev.soma.runtime.RunsIn;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.jackson3.JacksonMcpJsonMapper;
import io.modelcontextprotocol.json.schema.jackson3.DefaultJsonSchemaValidator;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpStatelessServerHandler;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import io.modelcontextprotocol.spec.McpSchema.ToolAnnotations;
import io.modelcontextprotocol.spec.McpStatelessServerTransport;
import io.modelcontextprotocol.spec.ProtocolVersions;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/// `POST /mcp`: the Model Context Protocol over streamable HTTP, without sessions and without a
/// stream (modelcontextprotocol.io, 2025-11-25). The protocol itself is its SDK's; what is called
/// is
/// judged like everything else.
@RestController
@RunsIn(Role.API)
class McpRoutes implements McpStatelessServerTransport {
    private static final String ACTOR = "actor";
    private static final String APPROVAL = "approval";
    private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(30);
    private static final List<String> VERSIONS =
            List.of(
                    ProtocolVersions.MCP_2025_03_26,
                    ProtocolVersions.MCP_2025_06_18,
                    ProtocolVersions.MCP_2025_11_25);
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    private final McpJsonMapper mapper = new JacksonMcpJsonMapper(new JsonMapper());
    private final ToolJudge judge;
    private final Authorizations authorizations;
    private @Nullable McpStatelessServerHandler handler;

    McpRoutes(McpTools tools, ToolJudge judge, Authorizations authorizations) {
        this.authorizations = authorizations;
        this.judge = judge;
        var server =
                McpServer.sync(this)
                        .jsonMapper(mapper)
                        .jsonSchemaValidator(new DefaultJsonSchemaValidator(new JsonMapper()))
                        .requestTimeout(ANSWERED_WITHIN)
                        .serverInfo("soma", "1")
                        .capabilities(ServerCapabilities.builder().tools(false).build());
        tools.offers()
                .forEach(
                        offer ->
                                server.toolCall(
                                        tool(offer),
                                        (context, request) -> call(offer, context, request)));
        server.build();
    }

    private Tool tool(McpTools.Offer offer) {
        return Tool.builder(offer.name(), mapper, CanonicalJson.JCS.text(offer.schema()))
                .description(offer.description())
                .annotations(
                        new ToolAnnotations(
                                offer.name().replace('_', ' '),
                                offer.reads(),
                                !offer.reads(),
                                true,
                                false,
                                null))
                .build();
    }

    @PostMapping("/mcp")
    ResponseEntity<byte[]> answer(
            ActorContext actor,
            @RequestHeader("Origin") Optional<String> origin,
            @RequestHeader("MCP-Protocol-Version") Optional<String> version,
            @RequestHeader("X-Approval-Id") Optional<UUID> approval,
            @RequestBody byte[] body) {
        Reply.permit(authorizations, actor, "tools:call", "mcp");
        if (!origin.map(McpRoutes::isOfThisMachine).orElse(true)) {
            throw Reply.refuse(
                    ProblemKind.CAPABILITY_MISSING, "Pages of other origins may not call tools.");
        }
        if (version.isPresent() && !VERSIONS.contains(version.get())) {
            throw Reply.refuse(
                    ProblemKind.INVALID_REQUEST,
                    "'MCP-Protocol-Version' is one of %s.".formatted(String.join(", ", VERSIONS)));
        }
        McpTransportContext context =
                McpTransportContext.create(Map.of(ACTOR, actor, APPROVAL, approval));
        return answer(context, body);
    }

    /// A browser names the page that sends a request; a page that somebody else serves could reach
    /// a platform on this machine (DNS rebinding).
    private static boolean isOfThisMachine(String origin) {
        try {
            return Optional.ofNullable(URI.create(origin).getHost())
                    .filter(LOOPBACK::contains)
                    .isPresent();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private ResponseEntity<byte[]> answer(McpTransportContext context, byte[] body) {
        McpStatelessServerHandler server = handler;
        if (server == null) {
            throw new IllegalStateException("the server of tools has not been built");
        }
        try {
            return switch (message(body)) {
                case JSONRPCRequest request ->
                        ResponseEntity.ok()
                                .contentType(MediaType.APPLICATION_JSON)
                                .body(
                                        mapper.writeValueAsBytes(
                                                server.handleRequest(context, request)
                                                        .block(ANSWERED_WITHIN)));
                case JSONRPCNotification notification -> {
                    server.handleNotification(context, notification).block(ANSWERED_WITHIN);
                    yield ResponseEntity.accepted().build();
                }
                default -> throw malformed();
            };
        } catch (IOException e) {
            throw new IllegalStateException("an answer cannot be written", e);
        }
    }

    private McpSchema.JSONRPCMessage message(byte[] body) {
        try {
            StrictJson.parseObject(body);
            return McpSchema.deserializeJsonRpcMessage(
                    mapper, new String(body, StandardCharsets.UTF_8));
        } catch (MalformedJson | IOException | RuntimeException e) {
            throw malformed();
        }
    }

    private static ProblemException malformed() {
        return Reply.refuse(ProblemKind.INVALID_REQUEST, "The body is no request of JSON-RPC 2.0.");
    }

    /// What goes wrong is told to the caller as the tool's answer, as the protocol wants it.
    private CallToolResult call(
            McpTools.Offer offer, McpTransportContext context, CallToolRequest request) {
        try {
            if (!(context.get(ACTOR) instanceof ActorContext actor)) {
                throw new IllegalStateException("a call has an actor");
            }
            Optional<UUID> approval =
                    context.get(APPROVAL) instanceof Optional<?> given
                            ? given.map(UUID.class::cast)
                            : Optional.empty();
            JsonObject arguments =
                    StrictJson.parseObject(mapper.writeValueAsBytes(request.arguments()));
            judge.require(actor, offer.name(), arguments, approval);
            byte[] said = offer.act().apply(actor, arguments).getBody();
            return CallToolResult.builder()
                    .addTextContent(said == null ? "" : new String(said, StandardCharsets.UTF_8))
                    .isError(false)
                    .build();
        } catch (ProblemException refused) {
            return failed(refused.problem().kind().title() + ". " + refused.problem().detail());
        } catch (MalformedJson | IOException e) {
            return failed("The arguments cannot be read.");
        }
    }

    private static CallToolResult failed(String why) {
        return CallToolResult.builder().addTextContent(why).isError(true).build();
    }

    @Override
    public void setMcpHandler(McpStatelessServerHandler built) {
        handler = built;
    }

    @Override
    public List<String> protocolVersions() {
        return VERSIONS;
    }

    @Override
    public Mono<Void> closeGracefully() {
        return Mono.empty();
    }
}
