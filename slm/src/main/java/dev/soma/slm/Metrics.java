package dev.soma.slm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/// All meters of the server, in Prometheus text. Labels take values from closed sets only.
final class Metrics {
    private final Map<String, LongAdder> requests = new ConcurrentSkipListMap<>();
    private final Map<String, LongAdder> answers = new ConcurrentSkipListMap<>();
    private final LongAdder promptTokens = new LongAdder();
    private final LongAdder completionTokens = new LongAdder();
    private final LongAdder embeddingTokens = new LongAdder();
    private final Summary queued = new Summary();
    private final Summary firstToken = new Summary();
    private final Summary decode = new Summary();

    private static final class Summary {
        private final LongAdder count = new LongAdder();
        private final DoubleAdder seconds = new DoubleAdder();

        void add(long nanos) {
            count.increment();
            seconds.add(nanos / 1e9);
        }
    }

    void request(String route, int status) {
        requests.computeIfAbsent(
                        "route=\"%s\",status=\"%d\"".formatted(route, status),
                        labels -> new LongAdder())
                .increment();
    }

    /// An answer left the model: `end` is stop, length, cancelled or failed.
    void answer(String end, int prompt, int completion, long decodeNanos) {
        answers.computeIfAbsent("end=\"%s\"".formatted(end), labels -> new LongAdder()).increment();
        promptTokens.add(prompt);
        completionTokens.add(completion);
        decode.add(decodeNanos);
    }

    void queued(long nanos) {
        queued.add(nanos);
    }

    void firstToken(long nanos) {
        firstToken.add(nanos);
    }

    void embedded(int tokens) {
        embeddingTokens.add(tokens);
    }

    String text(boolean ready, int waiting, boolean decoding) {
        StringBuilder out = new StringBuilder(2048);
        family(out, "soma_slm_ready", "gauge", "1 once a token was decoded.");
        sample(out, "soma_slm_ready", "", ready ? 1 : 0);
        family(out, "soma_slm_queue_depth", "gauge", "Answers that wait for the model.");
        sample(out, "soma_slm_queue_depth", "", waiting);
        family(out, "soma_slm_decoding", "gauge", "Answers that the model works on.");
        sample(out, "soma_slm_decoding", "", decoding ? 1 : 0);
        family(out, "soma_slm_requests_total", "counter", "Requests by route and status.");
        requests.forEach(
                (labels, count) -> sample(out, "soma_slm_requests_total", labels, count.sum()));
        family(out, "soma_slm_answers_total", "counter", "Answers by how they ended.");
        answers.forEach(
                (labels, count) -> sample(out, "soma_slm_answers_total", labels, count.sum()));
        family(out, "soma_slm_tokens_total", "counter", "Tokens by kind.");
        sample(out, "soma_slm_tokens_total", "kind=\"prompt\"", promptTokens.sum());
        sample(out, "soma_slm_tokens_total", "kind=\"completion\"", completionTokens.sum());
        sample(out, "soma_slm_tokens_total", "kind=\"embedding\"", embeddingTokens.sum());
        summary(out, "soma_slm_queue_seconds", "Time in the line.", queued);
        summary(out, "soma_slm_first_token_seconds", "Model start to first text.", firstToken);
        summary(out, "soma_slm_decode_seconds", "Time an answer held the model.", decode);
        family(out, "soma_slm_resident_bytes", "gauge", "Resident memory of this process.");
        sample(out, "soma_slm_resident_bytes", "", residentBytes());
        return out.toString();
    }

    private static void summary(StringBuilder out, String name, String help, Summary summary) {
        family(out, name, "summary", help);
        sample(out, name + "_sum", "", summary.seconds.sum());
        sample(out, name + "_count", "", summary.count.sum());
    }

    private static void family(StringBuilder out, String name, String type, String help) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private static void sample(StringBuilder out, String name, String labels, long value) {
        line(out, name, labels, Long.toString(value));
    }

    private static void sample(StringBuilder out, String name, String labels, double value) {
        line(out, name, labels, String.format(Locale.ROOT, "%.6f", value));
    }

    private static void line(StringBuilder out, String name, String labels, String value) {
        out.append(name);
        if (!labels.isEmpty()) {
            out.append('{').append(labels).append('}');
        }
        out.append(' ').append(value).append('\n');
    }

    /// Zero where the kernel does not tell, which no reader can mistake for a process.
    static long residentBytes() {
        try {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }
}
