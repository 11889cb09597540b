package dev.soma.policy;

import dev.soma.kernel.Violation;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/// What the rules say of a request; the same request under the same rules gives the same verdict,
/// byte for byte.
///
/// @param scoreMicro 1,000,000 for a request that breaks nothing, down to 0
/// @param obligations what has to be done for it to go on; none when it is denied
/// @param basis what it was judged by
/// @param inputDigest SHA-256 of everything that was judged
/// @param approval by which a person allowed what the rules wanted reviewed
public record Verdict(
        Word word,
        long scoreMicro,
        List<Violation> violations,
        List<Obligation> obligations,
        Basis basis,
        String inputDigest,
        Optional<UUID> approval) {
    public Verdict {
        violations = List.copyOf(violations);
        obligations = List.copyOf(obligations);
    }

    /// @param constitutionHash the constitution it was judged under
    /// @param epoch activation of that constitution; admission is refused under any other
    /// @param policyVersion digest of the tenant's rule pack
    public record Basis(String constitutionHash, long epoch, String policyVersion) {}

    /// The verdict on a request that a person has approved; what else it obliges to stays.
    Verdict approvedBy(UUID id) {
        return new Verdict(
                Word.ALLOW,
                scoreMicro,
                violations,
                obligations.stream()
                        .filter(
                                obligation ->
                                        !(obligation instanceof Obligation.RequireHumanApproval))
                        .toList(),
                basis,
                inputDigest,
                Optional.of(id));
    }

    public String constitutionHash() {
        return basis.constitutionHash();
    }

    public long epoch() {
        return basis.epoch();
    }

    public String policyVersion() {
        return basis.policyVersion();
    }

    /// The three words of the wire.
    public enum Word {
        ALLOW,
        DENY,
        REVIEW;

        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// How grave it is, from the score: low from 0.8, medium from 0.5, high from 0.2, else
    /// critical.
    public String severity() {
        if (scoreMicro >= 800_000) {
            return "low";
        }
        if (scoreMicro >= 500_000) {
            return "medium";
        }
        return scoreMicro >= 200_000 ? "high" : "critical";
    }

    /// The score as a plain decimal without trailing zeros, at least one digit after the point:
    /// `1.0`, `0.65`.
    public String score() {
        return score(scoreMicro);
    }

    /// The same of any score in millionths.
    public static String score(long scoreMicro) {
        String digits = "%d.%06d".formatted(scoreMicro / 1_000_000, scoreMicro % 1_000_000);
        int end = digits.length();
        while (digits.charAt(end - 1) == '0' && digits.charAt(end - 2) != '.') {
            end--;
        }
        return digits.substring(0, end);
    }
}
