package dev.soma.kamachiq.requirement;

import dev.soma.kamachiq.calculator.Calculator;
import dev.soma.kamachiq.calculator.CalculatorProduct;
import dev.soma.kamachiq.library.Product;
import dev.soma.kamachiq.service.Service;
import dev.soma.kamachiq.service.ServiceProduct;
import java.util.List;
import java.util.Optional;

/// What a specification was understood to ask for.
///
/// @param calculator empty when no calculator is asked for
/// @param service empty when no service is
/// @param requirements in the order of the text, then what is assumed
public record Reading(
        Optional<Calculator> calculator,
        Optional<Service> service,
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
        return service.<Product>map(ServiceProduct::new)
                .or(
                        () ->
                                calculator.map(
                                        found ->
                                                new CalculatorProduct(
                                                        found,
                                                        examples.stream()
                                                                .map(Example::arguments)
                                                                .toList())));
    }

    /// Whether the library delivers all of it.
    public boolean isCovered() {
        return product().isPresent() && gaps.isEmpty();
    }
}
