package dev.soma.kamachiq.evidence;

import dev.soma.kernel.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/// Hashes fields so that no two lists of fields look alike: a tag, then each field behind its
/// length in four bytes, big-endian. Not thread-safe.
final class Framed {
    private final MessageDigest digest = Digest.newSha256();

    /// @param tag with its closing zero byte, so that digests of different kinds never meet
    Framed(String tag) {
        digest.update(tag.getBytes(StandardCharsets.US_ASCII));
    }

    Framed text(String field) {
        return bytes(field.getBytes(StandardCharsets.UTF_8));
    }

    /// In decimal digits.
    Framed number(long field) {
        return text(Long.toString(field));
    }

    Framed bytes(byte[] field) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(field.length).array());
        digest.update(field);
        return this;
    }

    byte[] digest() {
        return digest.digest();
    }
}
