package dev.soma.slm;

import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaIterator;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.ModelParameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The model. [#generate] belongs to the decode thread; [#encode] and [#grammar] only read and may
/// be called from any platform thread.
final class Engine {
    /// Bounds how long a cancelled prompt keeps the model busy: about 1.3 s at 95 tokens a second.
    private static final int PREFILL_SLICE_TOKENS = 128;

    /// Ends of turn by name, for files whose metadata names only one.
    private static final Set<String> ENDS =
            Set.of(
                    ChatTemplate.CLOSE,
                    "<|endoftext|>",
                    "<|eot_id|>",
                    "<|eom_id|>",
                    "<|end|>",
                    "<end_of_turn>",
                    "<eos>",
                    "</s>",
                    "<EOT>");

    private static final int MAX_BANNED = 256;

    private final LlamaModel model;
    private final Set<Integer> controlIds;
    private final List<Integer> banned;
    private final boolean chatMl;
    private final ControlLiterals literals;
    private final int contextTokens;
    private @Nullable String cachedKey;

    private Engine(LlamaModel model, GgufHeader header, int contextTokens) {
        this.model = model;
        this.controlIds = header.controlTokens().keySet();
        this.literals = new ControlLiterals(header.controlTokens().values());
        this.contextTokens = contextTokens;
        List<Integer> never =
                header.controlTokens().entrySet().stream()
                        .filter(token -> !ENDS.contains(token.getValue()))
                        .map(Map.Entry::getKey)
                        .filter(id -> header.endOfTurn().orElse(-1) != id)
                        .sorted()
                        .toList();
        this.banned = never.size() <= MAX_BANNED ? never : List.of();
        this.chatMl = encode(ChatTemplate.OPEN).length == 1;
    }

    /// Loads the weights and proves that text from outside cannot become a control token.
    static Engine load(Options options) throws StartException {
        GgufHeader header = header(options);
        Path unpacked = privateFolder();
        System.setProperty("de.kherud.llama.tmpdir", unpacked.toString());
        try {
            LlamaModel model =
                    new LlamaModel(
                            new ModelParameters()
                                    .setModel(options.model().toString())
                                    .setCtxSize(options.contextTokens())
                                    .setThreads(options.threads())
                                    .setThreadsBatch(options.threads())
                                    .setBatchSize(512)
                                    .setParallel(1)
                                    .disableContextShift()
                                    .disableLog());
            Engine engine = new Engine(model, header, options.contextTokens());
            engine.proveLiteralsBreak(header);
            return engine;
        } catch (RuntimeException | UnsatisfiedLinkError e) {
            throw new StartException(
                    "the model %s cannot be loaded: %s".formatted(options.model(), e.getMessage()),
                    e);
        } finally {
            Folders.delete(unpacked);
        }
    }

    private static GgufHeader header(Options options) throws StartException {
        if (!Files.isRegularFile(options.model())) {
            throw new StartException(
                    "the model %s cannot be loaded: there is no such file"
                            .formatted(options.model()));
        }
        GgufHeader header;
        try {
            header = GgufHeader.read(options.model());
        } catch (IOException e) {
            throw new StartException(
                    "the model %s cannot be loaded: %s".formatted(options.model(), e.getMessage()),
                    e);
        }
        long trained = header.trainedContext().orElse(Long.MAX_VALUE);
        if (options.contextTokens() > trained) {
            throw new StartException(
                    "--context %d is over the %d tokens that %s was trained for"
                            .formatted(options.contextTokens(), trained, options.model()));
        }
        return header;
    }

    private static Path privateFolder() throws StartException {
        try {
            return Files.createTempDirectory("soma-slm-");
        } catch (IOException e) {
            throw new StartException(
                    "no private folder can be made for the native library: " + e.getMessage(), e);
        }
    }

    private void proveLiteralsBreak(GgufHeader header) throws StartException {
        for (String literal : header.controlTokens().values()) {
            if (controlTokens(encode(literals.broken(literal))) != 0) {
                throw new StartException(
                        "the tokenizer still reads the broken form of %s as a control token"
                                .formatted(literal));
            }
        }
    }

    /// Token ids as the decoder sees them, with the tokenizer's own first token where it has one.
    int[] encode(String text) {
        return model.encode(text);
    }

    /// Token ids without that first token.
    int[] encodeBare(String text) {
        int[] first = model.encode("");
        int[] all = model.encode(text);
        boolean prefixed =
                first.length > 0
                        && all.length >= first.length
                        && Arrays.equals(all, 0, first.length, first, 0, first.length);
        return prefixed ? Arrays.copyOfRange(all, first.length, all.length) : all;
    }

    int controlTokens(int[] tokens) {
        return (int) Arrays.stream(tokens).filter(controlIds::contains).count();
    }

    /// Whether the model knows ChatML's turn marks as tokens; otherwise they are plain text to it.
    boolean chatMl() {
        return chatMl;
    }

    ControlLiterals literals() {
        return literals;
    }

    int contextTokens() {
        return contextTokens;
    }

    /// Converts a schema that [SchemaGrammar] has passed; native code ends the process on others.
    String grammar(String checkedSchema) {
        return LlamaModel.jsonSchemaToGrammar(checkedSchema);
    }

    /// What one answer needs.
    ///
    /// @param fairKey prompts under the same key may reuse each other's evaluated prefix
    record Generation(
            String prompt,
            int promptTokens,
            int maxTokens,
            Sampling sampling,
            Optional<String> grammar,
            Optional<String> fairKey) {}

    /// Where decoded text goes, asked before each token whether to go on.
    interface Output {
        /// False ends the answer as cancelled. May block for a slow reader.
        boolean wanted();

        /// False ends the answer as stopped, because a stop sequence was reached.
        boolean text(String piece);
    }

    /// Why an answer ended.
    enum End {
        STOP,
        LENGTH,
        CANCELLED
    }

    /// An answer's end and the tokens that were decoded for it.
    record Decoded(End end, int completionTokens) {}

    /// Decodes one answer.
    ///
    /// Native code reports one event for each token, except that tokens which leave a character
    /// unfinished are reported with the token that finishes it, and that an end of turn is an event
    /// without text. So an event of ASCII text is one token, any other is as many as its text
    /// encodes to, and an answer that ends on an event without text has ended its own turn.
    Decoded generate(Generation generation, Output output) {
        if (!prefill(generation, output)) {
            return new Decoded(End.CANCELLED, 0);
        }
        boolean reuse = generation.fairKey().isPresent() || sliced(generation);
        InferenceParameters parameters =
                parameters(generation.prompt(), reuse, generation.maxTokens());
        parameters
                .setTemperature((float) generation.sampling().temperature())
                .setTopP((float) generation.sampling().topP())
                .setSeed(generation.sampling().seed())
                .disableTokenIds(banned);
        generation.grammar().ifPresent(parameters::setGrammar);
        LlamaIterator events = model.generate(parameters).iterator();
        int tokens = 0;
        boolean ended = false;
        while (events.hasNext()) {
            if (!output.wanted()) {
                events.cancel();
                return new Decoded(End.CANCELLED, tokens);
            }
            String piece = events.next().text;
            if (!events.hasNext() && piece.isEmpty()) {
                break;
            }
            ended = piece.isEmpty();
            tokens += tokens(piece);
            if (!ended && !output.text(piece)) {
                if (events.hasNext()) {
                    events.cancel();
                }
                return new Decoded(End.STOP, tokens);
            }
        }
        return finished(tokens, ended, generation.maxTokens());
    }

    /// At the bound, up to three tokens of an unfinished character may be unreported.
    private static Decoded finished(int tokens, boolean ended, int maxTokens) {
        boolean atBound = tokens + 3 >= maxTokens;
        if (ended || !atBound) {
            return new Decoded(End.STOP, Math.min(tokens, maxTokens));
        }
        return new Decoded(End.LENGTH, maxTokens);
    }

    private int tokens(String piece) {
        boolean ascii = piece.chars().allMatch(c -> c < 0x80);
        return ascii ? 1 : Math.max(1, encodeBare(piece).length);
    }

    /// Empties the kept prompt when it belongs to another key, then evaluates a long prompt in
    /// slices: native code cannot be interrupted while it reads a prompt. False when cancelled.
    private boolean prefill(Generation generation, Output output) {
        boolean sliced = sliced(generation);
        boolean sameKey =
                generation.fairKey().isPresent() && generation.fairKey().get().equals(cachedKey);
        cachedKey = null;
        if (!sameKey && (sliced || generation.fairKey().isPresent())) {
            drain(parameters("x", false, 1));
        }
        String prompt = generation.prompt();
        int slices = sliced ? generation.promptTokens() / PREFILL_SLICE_TOKENS : 0;
        for (int slice = 1; slice <= slices; slice++) {
            if (!output.wanted()) {
                return false;
            }
            int end = (int) ((long) prompt.length() * slice / (slices + 1));
            int space = prompt.lastIndexOf(' ', end);
            int cut = space > prompt.length() * (long) (slice - 1) / (slices + 1) ? space : end;
            drain(parameters(prompt.substring(0, wholeCharacters(prompt, cut)), true, 1));
        }
        cachedKey = generation.fairKey().orElse(null);
        return output.wanted();
    }

    private static boolean sliced(Generation generation) {
        return generation.promptTokens() > PREFILL_SLICE_TOKENS * 3 / 2;
    }

    private static int wholeCharacters(String text, int end) {
        return end > 0 && Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end;
    }

    private static InferenceParameters parameters(String prompt, boolean reuse, int maxTokens) {
        return new InferenceParameters(prompt)
                .setCachePrompt(reuse)
                .setNPredict(maxTokens)
                .setTemperature(0f)
                .setSeed(1);
    }

    private void drain(InferenceParameters parameters) {
        LlamaIterator events = model.generate(parameters).iterator();
        while (events.hasNext()) {
            events.next();
        }
    }
}
