package dev.soma.kamachiq.evidence;

import dev.soma.kernel.Digest;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;

/// What a result was made of: equal keys mean that the result may be used again.
///
/// @param hex SHA-256 in hexadecimal
public record ContentKey(String hex) {
    /// @param capsuleDigest 32 bytes
    /// @param inputDigests each 32 bytes, in any order
    /// @param model with its version
    /// @param policyVersion of the rules that let it run
    public static ContentKey of(
            byte[] capsuleDigest,
            Collection<byte[]> inputDigests,
            String persona,
            String model,
            String policyVersion) {
        MessageDigest inputs = Digest.newSha256();
        inputDigests.stream().sorted(Arrays::compareUnsigned).forEach(inputs::update);
        return new ContentKey(
                HexFormat.of()
                        .formatHex(
                                new Framed("KQC1\0")
                                        .bytes(capsuleDigest)
                                        .bytes(inputs.digest())
                                        .text(persona)
                                        .text(model)
                                        .text(policyVersion)
                                        .digest()));
    }
}
