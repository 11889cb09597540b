package dev.soma.kamachiq.work;

import dev.soma.kamachiq.gate.Defect;
import dev.soma.kamachiq.gate.PythonReview;
import dev.soma.kamachiq.gate.PythonReview.NotReviewed;
import dev.soma.kamachiq.gate.QualityScore;
import dev.soma.kamachiq.gate.Review;
import dev.soma.kamachiq.sandbox.Sandbox;
import dev.soma.kamachiq.work.Duty.Look;
import dev.soma.kernel.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Reviews work by its facts, every component in its own folder. Thread-safe.
final class Gate {
    private static final QualityScore FAULTLESS = new QualityScore(10_000, 10_000, 10_000, 10_000);
    private static final QualityScore NOTHING = new QualityScore(0, 0, 0, 0);

    private final Sandbox sandbox;
    private final Workspaces workspaces;

    Gate(Sandbox sandbox, Workspaces workspaces) {
        this.sandbox = sandbox;
        this.workspaces = workspaces;
    }

    /// @param written whether a model wrote it
    Review review(List<Look> looks, Map<String, String> files, boolean written)
            throws NotReviewed, InterruptedException {
        List<Review> reviews = new ArrayList<>();
        for (Look look : looks) {
            try (Workspaces.Copy copy = workspaces.open(look.component().own(files))) {
                Review review =
                        PythonReview.of(
                                sandbox,
                                copy.path(),
                                look.component().subject(look.parts(), written));
                reviews.add(within(look.component().folder(), review));
            }
        }
        return reviews.isEmpty() ? nothing("work", "there is nothing to review") : whole(reviews);
    }

    private static Review within(String folder, Review review) {
        return new Review(
                review.score(),
                review.basisPoints(),
                review.faulty(),
                review.checks(),
                review.passed(),
                review.defects().stream()
                        .map(
                                defect ->
                                        new Defect(
                                                folder + defect.file(),
                                                defect.line(),
                                                defect.rule(),
                                                defect.detail()))
                        .toList(),
                review.evidence());
    }

    /// As good as the weakest part of it.
    private static Review whole(List<Review> reviews) {
        Review weakest =
                reviews.stream().min(Comparator.comparingInt(Review::basisPoints)).orElseThrow();
        String evidence =
                reviews.size() == 1
                        ? weakest.evidence()
                        : reviews.stream()
                                .map(Review::evidence)
                                .collect(
                                        Collectors.collectingAndThen(
                                                Collectors.joining("\n"), Gate::digest));
        return new Review(
                weakest.score(),
                weakest.basisPoints(),
                reviews.stream().anyMatch(Review::faulty),
                reviews.stream().mapToInt(Review::checks).sum(),
                reviews.stream().mapToInt(Review::passed).sum(),
                reviews.stream().flatMap(review -> review.defects().stream()).toList(),
                evidence);
    }

    private static String digest(String text) {
        return Digest.sha256Hex(text.getBytes(StandardCharsets.UTF_8));
    }

    /// A text is right where the library knows it; else a person has to read it.
    ///
    /// @param expected empty where nothing knows it
    static Review document(String path, String expected, Optional<byte[]> found) {
        if (expected.isEmpty()) {
            return nothing(path, "nothing can check a text; a person has to read it");
        }
        String said = found.map(bytes -> new String(bytes, StandardCharsets.UTF_8)).orElse("");
        return said.equals(expected)
                ? new Review(
                        FAULTLESS,
                        FAULTLESS.basisPoints(false),
                        false,
                        1,
                        1,
                        List.of(),
                        digest(said))
                : nothing(path, "it is not what the library describes");
    }

    private static Review nothing(String file, String why) {
        return new Review(
                NOTHING, 0, true, 1, 0, List.of(new Defect(file, 0, "checks", why)), digest(why));
    }
}
