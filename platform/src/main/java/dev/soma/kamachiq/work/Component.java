package dev.soma.kamachiq.work;

import dev.soma.kamachiq.gate.PythonReview.Part;
import dev.soma.kamachiq.gate.PythonReview.Subject;
import dev.soma.kamachiq.library.Product;
import dev.soma.kamachiq.requirement.Reading;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// What belongs together in a project: a program, its tests and what there is to read about it, in
/// a folder of their own.
///
/// @param folder with a slash at its end; empty for the project's own
/// @param reading what its text was understood to ask for
record Component(String folder, Reading reading) {
    /// What the library makes of it; empty where only a model could.
    Optional<Product> product() {
        return reading.product();
    }

    String program() {
        return folder + product().map(Product::program).orElse("main.py");
    }

    String tests() {
        return folder + product().map(Product::tests).orElse("test_main.py");
    }

    String readme() {
        return folder + Product.README;
    }

    /// What the library has for a path; empty where it has nothing.
    Optional<String> made(String path, Optional<String> introduction) {
        return product()
                .filter(found -> path.startsWith(folder))
                .map(found -> found.files(introduction).get(path.substring(folder.length())));
    }

    /// Its files among those of a project, by their paths within its folder.
    SortedMap<String, String> own(Map<String, String> files) {
        SortedMap<String, String> own = new TreeMap<>();
        files.forEach(
                (path, digest) -> {
                    if (path.startsWith(folder)) {
                        own.put(path.substring(folder.length()), digest);
                    }
                });
        return own;
    }

    /// What a review looks at, within its folder.
    ///
    /// @param written whether a model wrote the tests, so that nobody knows their names beforehand
    Subject subject(Set<Part> parts, boolean written) {
        Optional<List<String>> names =
                written ? Optional.empty() : product().map(Product::testNames);
        return new Subject(
                program().substring(folder.length()),
                tests().substring(folder.length()),
                Product.README,
                names,
                product().map(Product::checks).orElse(List.of()),
                parts);
    }

    /// What it has to do, in words for who writes it.
    String contract() {
        String heading = folder.isEmpty() ? "" : "In `%s`:\n\n".formatted(folder);
        return product().map(found -> heading + found.contract()).orElse("");
    }
}
