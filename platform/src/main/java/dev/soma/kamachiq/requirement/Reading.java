package dev.soma.kamachiq.requirement;

import dev.soma.kamachiq.calculator.Calculator;
import dev.soma.kamachiq.calculator.CalculatorProduct;
import dev.soma.kamachiq.library.Product;
import java.util.List;
import java.util.Optional;

/// What a specification was understood to ask for.
///
/// @param calculator empty when no calculator is asked for
/// @param requirements in the order of the text, then what is assumed
public record Reading(
        Optional<Calculator> calculator,
        List<Requirement> requirements,
        List<Example> examples,
        List<Gap> gaps) {
    public Reading {
        requirements = List.copyOf(requirements);
        examples = List.copyOf(examples);
        gaps = List.copyOf(gaps);
    }

    /// What the library makes of it; empty when nothing is in it that the library knows.
    public Optional<Product> product() {
        return calculator.map(
                found ->
                        new CalculatorProduct(
                                found, examples.stream().map(Example::arguments).toList()));
    }

    /// Whether the library delivers all of it.
    public boolean isCovered() {
        return calculator.isPresent() && gaps.isEmpty();
    }
}
