package dev.soma.kamachiq.evidence;

import java.util.HexFormat;

/// The name of one effect of an agent: the same work asked for again has the same name, so that it
/// is done, paid and stored once, however often a worker dies. The count of tries is never in it.
///
/// @param hex SHA-256 in hexadecimal
public record EffectKey(String hex) {
    /// Of a step (docs/design/kamachiq.md, "Keys").
    ///
    /// @param effectGeneration rises when work is done anew on purpose: a retry with its error as
    /// feedback, a remediation, a fork
    /// @param step number of the agent's step, from 0
    /// @param capsuleDigest 32 bytes
    /// @param inputDigest 32 bytes
    public static EffectKey of(
            String tenant,
            String project,
            String node,
            long effectGeneration,
            long step,
            byte[] capsuleDigest,
            byte[] inputDigest) {
        return new EffectKey(
                HexFormat.of()
                        .formatHex(
                                new Framed("KQ1\0")
                                        .text(tenant)
                                        .text(project)
                                        .text(node)
                                        .number(effectGeneration)
                                        .number(step)
                                        .bytes(capsuleDigest)
                                        .bytes(inputDigest)
                                        .digest()));
    }
}
