package dev.soma.kamachiq.evidence;

import dev.soma.kernel.Digest;
import dev.soma.kernel.json.CanonicalJson;
import dev.soma.kernel.json.JsonValue.JsonObject;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;

/// The chain of everything that happened in a project: each link is the SHA-256 of the one before
/// and of the entry, so that no entry can be changed, left out or moved without changing the last
/// link. Immutable.
///
/// @param hash the last link, 32 bytes
@SuppressWarnings("ArrayRecordComponent") // compared by `hex`
public record RunRecord(byte[] hash) {
    /// The chain before its first entry.
    public static RunRecord begin(String tenant, String project) {
        return new RunRecord(new Framed("KQR1\0").text(tenant).text(project).digest());
    }

    /// With one more entry.
    ///
    /// @param entry integers only; hashed in its JCS form (RFC 8785)
    public RunRecord append(JsonObject entry) {
        byte[] bytes = CanonicalJson.JCS.bytes(entry);
        MessageDigest digest = Digest.newSha256();
        digest.update(hash);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        return new RunRecord(digest.digest(bytes));
    }

    public String hex() {
        return HexFormat.of().formatHex(hash);
    }
}
