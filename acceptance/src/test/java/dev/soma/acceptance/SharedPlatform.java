package dev.soma.acceptance;

import dev.soma.bench.ScriptedProvider;
import dev.soma.devkit.Part;
import java.io.IOException;
import java.util.List;

/// One governed platform with the real language model and the scripted provider, for the tests
/// that change nothing others could notice. It starts when it is first asked for and ends with
/// this JVM.
final class SharedPlatform {
    static final String SCRIPTED = "scripted:frames=8";
    static final String BROKEN = "scripted:status=500";

    /// A model that fails five times in a row rests, so these tests have some of their own.
    static final String BROKEN_FOR_NODE = "scripted:status=502";

    static final String CUT_FOR_NODE = "scripted:frames=8,cut=2";
    static final String BROKEN_AS_DESCRIBED = "scripted:status=503";
    static final String CUT_AS_DESCRIBED = "scripted:frames=8,cut=4";

    static final String LIMITED = "scripted:status=429,retryafter=1";
    static final String CUT = "scripted:frames=8,cut=3";
    static final String TOOLS = "scripted:frames=3,tools=1";
    static final String REASONING = "scripted:frames=3,reasoning=4";
    static final String SLOW = "scripted:frames=40,pace=30";
    static final String MANY = "scripted:frames=120";
    private static final List<String> MODELS =
            List.of(
                    SCRIPTED,
                    BROKEN,
                    BROKEN_FOR_NODE,
                    CUT_FOR_NODE,
                    BROKEN_AS_DESCRIBED,
                    CUT_AS_DESCRIBED,
                    REASONING,
                    LIMITED,
                    CUT,
                    TOOLS,
                    SLOW,
                    MANY);
    private static final String EMBEDDER = "all-minilm-l6-v2-q";
    private static final long POOR_TOKENS = 5;

    private final ScriptedProvider provider = ScriptedProvider.start(0);
    private final PackedPlatform platform;
    private final String key;
    private final String poorKey;
    private final String slmModel;

    private SharedPlatform() throws IOException, InterruptedException {
        platform = PackedPlatform.governed("shared", options -> options);
        Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "shared-platform-end"));
        Operator operator = platform.operator();
        operator.provider("scripted", provider.uri() + "/v1", MODELS.toArray(String[]::new));
        String slm = platform.address(Part.SLM);
        String model =
                new Http(slm).get("/v1/models", "").ok().json().at("/data/0/id").asString("");
        operator.provider("slm", slm + "/v1", model);
        operator.provider("vectors", slm + "/v1", EMBEDDER);
        slmModel = "slm/" + model;
        key = operator.tenant("acme").text();
        poorKey = operator.tenant("poor").text();
        operator.budget("poor", "tokens", POOR_TOKENS);
    }

    private void stop() {
        platform.close();
        provider.close();
    }

    private static final class Holder {
        static final SharedPlatform INSTANCE = open();

        private static SharedPlatform open() {
            try {
                return new SharedPlatform();
            } catch (IOException e) {
                throw new IllegalStateException("the shared platform did not start", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while the platform started", e);
            }
        }
    }

    static SharedPlatform get() {
        return Holder.INSTANCE;
    }

    PackedPlatform platform() {
        return platform;
    }

    /// What an OpenAI client takes as its base URL.
    String baseUrl() {
        return platform.gateway() + "/v1";
    }

    String key() {
        return key;
    }

    /// Of a tenant whose budget covers no turn.
    String poorKey() {
        return poorKey;
    }

    String slmModel() {
        return slmModel;
    }

    String embedder() {
        return "vectors/" + EMBEDDER;
    }

    /// The address of a scripted model at the gateway.
    static String address(String model) {
        return "scripted/" + model;
    }
}
