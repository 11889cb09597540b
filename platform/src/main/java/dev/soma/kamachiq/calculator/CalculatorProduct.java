package dev.soma.kamachiq.calculator;

import dev.soma.kamachiq.gate.Check;
import dev.soma.kamachiq.library.Product;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/// A calculator as the library makes it.
///
/// @param examples arguments that the specification shows; they are tested too
public record CalculatorProduct(Calculator calculator, List<List<String>> examples)
        implements Product {
    public CalculatorProduct {
        examples = List.copyOf(examples);
    }

    @Override
    public String capsule() {
        return "py.calculator@1";
    }

    @Override
    public String program() {
        return Delivery.program(calculator);
    }

    @Override
    public String tests() {
        return Delivery.tests(calculator);
    }

    @Override
    public SortedMap<String, String> files(Optional<String> introduction) {
        return introduction
                .map(words -> Delivery.files(calculator, examples, words))
                .orElseGet(() -> Delivery.files(calculator, examples));
    }

    @Override
    public List<Check> checks() {
        return Criteria.of(calculator, examples);
    }

    @Override
    public List<String> testNames() {
        return Delivery.testNames(calculator, examples);
    }

    @Override
    public String contract() {
        return files(Optional.empty()).getOrDefault(README, "")
                + "\nHow results are printed: "
                + calculator.output().words()
                + "\nHelp is printed for -h and --help: "
                + calculator.usage();
    }

    @Override
    public Optional<String> question() {
        return Optional.of(Introduction.question(calculator));
    }

    @Override
    public Words check(String said) {
        return Introduction.check(said, calculator);
    }
}
