package dev.soma.conversation.internal;

import dev.soma.conversation.ChatMessage;
import dev.soma.conversation.Turns.TurnRequest;
import dev.soma.kernel.ActorContext;
import dev.soma.kernel.Digest;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.JsonValue.ObjectBuilder;
import dev.soma.policy.PolicyEngine.RecordedDecision;
import dev.soma.provider.ModelTarget;
import dev.soma.provider.ProviderClient.ProviderRequest;
import dev.soma.provider.ProviderClient.Share;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a provider is sent: the messages as they were judged, the bound on the answer that the hold
/// covers, the
/// trace, and the minted policy headers.
final class ProviderBody {
    private ProviderBody() {}

    /// Within what the call keeps.
    record Bounds(long timeoutMillis, Share share) {}

    /// Equal for requests to a model that begin alike: with the same tools and the same first
    /// message, which in a session is its system prompt or what was said first.
    static String prefix(ModelTarget target, TurnRequest request) {
        String tools =
                request.parameters().get(Judging.TOOLS).map(CanonicalJson.JCS::text).orElse("");
        String first = CanonicalJson.JCS.text(request.messages().getFirst().document());
        return Digest.sha256Hex(target.address() + "\n" + tools + "\n" + first);
    }

    /// @param said the part of the answer that the model goes on from; empty for a first call
    static ProviderRequest of(
            ActorContext actor,
            TurnRequest request,
            RecordedDecision decision,
            String said,
            long maxTokens,
            Bounds bounds) {
        var body = JsonValue.object();
        request.parameters().members().forEach(body::put);
        switch (request.task().operation()) {
            case CHAT -> chat(body, request, said, maxTokens);
            case EMBEDDINGS ->
                    body.put(
                            "input",
                            JsonValue.texts(
                                    request.messages().stream().map(ChatMessage::text).toList()));
        }
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("via", String.join(", ", Collections.nCopies(actor.hops() + 1, "1.1 soma")));
        headers.put("x-request-id", actor.requestId());
        headers.put("x-policy-decision", decision.verdict().word().wireName());
        headers.put("x-policy-score", decision.verdict().score());
        headers.put("x-constitution-hash", decision.verdict().constitutionHash());
        headers.put("x-decision-id", decision.id().toString());
        return new ProviderRequest(
                request.task().operation(),
                body.build(),
                request.delivery().stream(),
                headers,
                bounds.timeoutMillis(),
                bounds.share(),
                actor.trace());
    }

    private static void chat(ObjectBuilder body, TurnRequest request, String said, long maxTokens) {
        body.put("max_tokens", maxTokens);
        List<JsonObject> messages = new ArrayList<>();
        request.messages().forEach(message -> messages.add(message.document()));
        if (!said.isEmpty()) {
            messages.add(new ChatMessage("assistant", said).document());
        }
        body.put("messages", JsonValue.array(messages));
    }
}
