package dev.soma.identity.internal;

import dev.soma.kernel.Digest;
import dev.soma.kernel.Secret;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The form of API keys: `sk-soma-<id, 16 hex>-<secret, 64 hex>`.
final class ApiKeys {
    static final String PREFIX = "sk-soma-";
    private static final Pattern FORM = Pattern.compile("sk-soma-([0-9a-f]{16})-([0-9a-f]{64})");

    private ApiKeys() {}

    record Presented(String id, byte[] secretSha256) {}

    record Fresh(String id, byte[] secretSha256, Secret text) {}

    static Fresh create(SecureRandom random) {
        byte[] id = new byte[8];
        byte[] secret = new byte[32];
        random.nextBytes(id);
        random.nextBytes(secret);
        String idText = HexFormat.of().formatHex(id);
        String secretText = HexFormat.of().formatHex(secret);
        return new Fresh(
                idText, sha256(secretText), new Secret(PREFIX + idText + "-" + secretText));
    }

    static Optional<Presented> read(String credential) {
        Matcher matcher = FORM.matcher(credential);
        return matcher.matches()
                ? Optional.of(new Presented(matcher.group(1), sha256(matcher.group(2))))
                : Optional.empty();
    }

    private static byte[] sha256(String secret) {
        return Digest.sha256(secret.getBytes(StandardCharsets.US_ASCII));
    }
}
