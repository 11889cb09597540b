package dev.soma.kamachiq.sandbox;

import dev.soma.kernel.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;

/// What a command wrote to one stream.
///
/// @param kept its first bytes
/// @param length of everything
/// @param sha256 of everything, in lower-case hexadecimal
public record Captured(byte[] kept, long length, String sha256) {
    static final Captured NOTHING = new Captured(new byte[0], 0, Digest.sha256Hex(new byte[0]));
    private static final int CHUNK = 8_192;

    public boolean isCut() {
        return length > kept.length;
    }

    /// Reads to the end, keeping at most so many bytes.
    static Captured read(InputStream stream, int most) throws IOException {
        MessageDigest digest = Digest.newSha256();
        byte[] kept = new byte[CHUNK];
        byte[] chunk = new byte[CHUNK];
        int held = 0;
        long length = 0;
        for (int n = stream.read(chunk); n >= 0; n = stream.read(chunk)) {
            digest.update(chunk, 0, n);
            length += n;
            int take = Math.min(n, most - held);
            if (take > 0) {
                if (held + take > kept.length) {
                    kept = Arrays.copyOf(kept, Math.max(held + take, kept.length * 2));
                }
                System.arraycopy(chunk, 0, kept, held, take);
                held += take;
            }
        }
        return new Captured(
                Arrays.copyOf(kept, held), length, HexFormat.of().formatHex(digest.digest()));
    }
}
