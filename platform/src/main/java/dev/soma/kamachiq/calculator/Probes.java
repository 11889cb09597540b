package dev.soma.kamachiq.calculator;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// Draws specifications of calculators at random, so that a model cannot have seen the answers. The
/// same seed draws the same. Every one is covered by the library, so the oracle knows what is
/// right.
public final class Probes {
    private static final List<String> NAMES =
            List.of("sums", "reckon", "tally", "abacus", "figure", "numbers2", "compute_it");
    private static final List<String> OUTPUTS =
            List.of(
                    "",
                    " Print results with 2 decimals.",
                    " Print results with 4 decimals.",
                    " Print results as JSON.",
                    " Print results as fractions.");
    private static final List<String> OPERATIONS =
            List.of("addition", "subtraction", "multiplication", "division", "modulo", "power");

    private Probes() {}

    /// @param count 1 or more
    /// @return texts of specifications
    public static List<String> draw(long seed, int count) {
        Random random = new Random(seed);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(text(random));
        }
        return texts;
    }

    private static String text(Random random) {
        List<String> known = new ArrayList<>(OPERATIONS);
        Collections.shuffle(known, random);
        List<String> chosen = known.subList(0, 1 + random.nextInt(known.size()));
        String subcommands = random.nextBoolean() ? " It takes subcommands." : "";
        return "A command line calculator. The program is called %s. It supports %s.%s%s Errors exit with code %d."
                .formatted(
                        NAMES.get(random.nextInt(NAMES.size())),
                        String.join(" and ", chosen),
                        subcommands,
                        OUTPUTS.get(random.nextInt(OUTPUTS.size())),
                        3 + random.nextInt(100));
    }
}
