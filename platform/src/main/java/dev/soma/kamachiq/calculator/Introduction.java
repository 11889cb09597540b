package dev.soma.kamachiq.calculator;

import dev.soma.kamachiq.library.Product.Words;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The sentences that introduce a calculator to its readers: the one thing about it that a small
/// model may word. What it says is taken only where it claims nothing that the calculator is not;
/// else the usual words stand.
public final class Introduction {
    /// Of what is taken.
    public static final int MOST = 600;

    private static final int LEAST = 20;
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9 ,.;:'()+*/%-]+");

    /// Words by which an operation is named.
    private static final Map<Operation, Pattern> NAMED =
            Map.of(
                    Operation.ADD, words("add\\w*|sums?|plus|\\+"),
                    Operation.SUBTRACT, words("subtract\\w*|minus|differences?"),
                    Operation.MULTIPLY, words("multipl\\w*|times|products?"),
                    Operation.DIVIDE, words("divi\\w*|quotients?"),
                    Operation.MODULO, words("modul\\w*|remainders?"),
                    Operation.POWER, words("powers?|exponent\\w*|squar\\w*|cub\\w*"));

    /// What no calculator of the library does.
    private static final Pattern FOREIGN =
            words(
                    "roots?|sqrt|trigonometr\\w*|sines?|cosines?|logarithm\\w*|graph\\w*|plot\\w*"
                            + "|gui|web\\w*|window\\w*|browser|internet|online|history|memory|save\\w*"
                            + "|variables?|matri\\w*|equations?|complex|currenc\\w*|units?|dates?|users?"
                            + "|games?|files?|database|download\\w*|install\\w*|http\\w*|www|mobile|app");

    private Introduction() {}

    private static Pattern words(String alternatives) {
        return Pattern.compile("\\b(?:" + alternatives + ")(?![\\w])", Pattern.CASE_INSENSITIVE);
    }

    /// What a model is asked.
    public static String question(Calculator calculator) {
        return "Write one sentence for a README. It says that %s is a command line calculator in Python for %s. No lists, no code, no quotes."
                .formatted(
                        calculator.name(),
                        calculator.operations().stream()
                                .map(Operation::word)
                                .collect(Collectors.joining(", ")));
    }

    /// Looks at what a model said; quotation marks are dropped. The same words of the same
    /// calculator come to the same.
    public static Words check(String said, Calculator calculator) {
        String line = said.replace("\"", "").strip().replaceAll("\\s+", " ");
        int end = line.substring(0, Math.min(line.length(), MOST)).lastIndexOf('.');
        if (end < LEAST) {
            return Words.refused("it is no sentence");
        }
        String text = line.substring(0, end + 1);
        if (!PLAIN.matcher(text).matches()) {
            return Words.refused("it has characters that are not plain");
        }
        String lower = text.toLowerCase(Locale.ROOT);
        if (!lower.contains("calculator") && !lower.contains(calculator.name())) {
            return Words.refused("it does not say what it is about");
        }
        var foreign = FOREIGN.matcher(text);
        if (foreign.find()) {
            return Words.refused("it speaks of '%s'".formatted(foreign.group()));
        }
        for (Operation operation : List.of(Operation.values())) {
            if (!calculator.operations().contains(operation)
                    && NAMED.getOrDefault(operation, FOREIGN).matcher(text).find()) {
                return Words.refused("it claims to " + operation.word());
            }
        }
        return Words.taken(text);
    }
}
