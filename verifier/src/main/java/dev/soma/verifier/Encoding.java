package dev.soma.verifier;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Base64;

/// Text forms read strictly: each value has one spelling, so that a changed byte is never read as
/// the same value.
final class Encoding {
    private Encoding() {}

    static String utf8(byte[] buffer, int length) throws Fault {
        String text = new String(buffer, 0, length, UTF_8);
        byte[] again = text.getBytes(UTF_8);
        if (!Arrays.equals(again, 0, again.length, buffer, 0, length)) {
            throw new Fault("is not valid UTF-8");
        }
        return text;
    }

    static byte[] base64(String text) throws Fault {
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            if (base64(bytes).equals(text)) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            throw new Fault("not base64: " + Json.quote(text));
        }
        throw new Fault("not base64 in its one padded form: " + Json.quote(text));
    }

    static byte[] hash(String text) throws Fault {
        byte[] bytes = base64(text);
        if (bytes.length != Tree.HASH_BYTES) {
            throw new Fault("not a hash of 32 bytes: " + Json.quote(text));
        }
        return bytes;
    }

    static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
