package dev.soma.slm;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// The sentence embedder, all-MiniLM-L6-v2 quantised, whose weights are inside its jar.
///
/// Texts over 510 tokens are embedded in parts and averaged by length; nothing is cut off.
final class Embedder {
    static final String MODEL_ID = "all-minilm-l6-v2-q";
    static final int DIMENSIONS = 384;

    /// ONNX Runtime 1.29 on Linux ends the process without a word when its command line is longer.
    private static final int MAX_COMMAND_LINE_BYTES = 4_000;

    private final AllMiniLmL6V2QuantizedEmbeddingModel model =
            new AllMiniLmL6V2QuantizedEmbeddingModel(Runnable::run);

    /// Loads the model and proves it on one text.
    static Embedder load() throws StartException {
        Path commandLine = Path.of("/proc/self/cmdline");
        try {
            if (Files.isReadable(commandLine)
                    && Files.readAllBytes(commandLine).length > MAX_COMMAND_LINE_BYTES) {
                throw new StartException(
                        "the command line is over %d bytes, on which the embedder's native library crashes; pass the class path in CLASSPATH or an @file, or use --no-embeddings"
                                .formatted(MAX_COMMAND_LINE_BYTES));
            }
            Path unpacked = Files.createTempDirectory("soma-slm-vectors-");
            try {
                System.setProperty("DJL_CACHE_DIR", unpacked.toString());
                System.setProperty("ENGINE_CACHE_DIR", unpacked.toString());
                Embedder embedder = new Embedder();
                Embedded proof = embedder.embed(List.of("ready"));
                if (proof.tokens() != 1) {
                    throw new StartException("the embedder miscounts its first text");
                }
                // ONNX Runtime removes its own only at an orderly exit.
                Folders.mappedFrom("onnxruntime-java").forEach(Folders::delete);
                return embedder;
            } finally {
                Folders.delete(unpacked);
            }
        } catch (IOException e) {
            throw new StartException("the embedder cannot be unpacked: " + e.getMessage(), e);
        }
    }

    /// Vectors in the order of the texts, and the word pieces they had, without the two marks that
    /// the model puts around each text.
    record Embedded(List<float[]> vectors, int tokens) {}

    Embedded embed(List<String> texts) {
        Response<List<Embedding>> response =
                model.embedAll(texts.stream().map(TextSegment::from).toList());
        List<float[]> vectors = response.content().stream().map(Embedding::vector).toList();
        if (vectors.size() != texts.size() || !vectors.stream().allMatch(Embedder::isUnit)) {
            throw new IllegalStateException("the embedder gave no unit vector for each text");
        }
        TokenUsage usage = Objects.requireNonNull(response.tokenUsage(), "token usage");
        return new Embedded(
                vectors, Objects.requireNonNull(usage.inputTokenCount(), "input tokens"));
    }

    /// A vector that is not of length one is a failure, and is never given out as a result.
    private static boolean isUnit(float[] vector) {
        double squares = 0;
        for (float x : vector) {
            squares += (double) x * x;
        }
        return vector.length == DIMENSIONS && Math.abs(squares - 1) < 1e-3;
    }
}
