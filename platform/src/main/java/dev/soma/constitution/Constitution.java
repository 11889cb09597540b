package dev.soma.constitution;

import dev.soma.kernel.json.JsonValue.JsonObject;
import java.util.List;

/// A verified constitution.
///
/// @param hash lower-case hex; its length names the algorithm
/// @param algorithm `sha3-512` or `sha-256`
/// @param epoch the platform's own count of activations, from 1
/// @param signers whose distinct keys signed, sorted
public record Constitution(
        JsonObject document,
        String hash,
        String algorithm,
        String version,
        long epoch,
        List<String> signers) {
    public Constitution {
        signers = List.copyOf(signers);
    }
}
