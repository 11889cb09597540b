package dev.soma.policy.internal;

import dev.soma.kernel.Actor;
import dev.soma.kernel.Digest;
import dev.soma.runtime.NodeSettings;
import dev.soma.runtime.PrivateFiles;
import dev.soma.runtime.Sealer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Names people in evidence without naming them: a keyed commitment that only this platform can
/// recompute.
/// Thread-safe.
class Commitments {
    private static final String CONTEXT = "commitment-key";

    private final SecretKeySpec key;

    Commitments(NodeSettings node, Sealer sealer, SecureRandom random) throws IOException {
        Path file = node.directory().resolve("secrets/commitment-key");
        if (!Files.exists(file)) {
            byte[] fresh = new byte[32];
            random.nextBytes(fresh);
            PrivateFiles.write(file, sealer.seal(fresh, CONTEXT));
        }
        this.key = new SecretKeySpec(sealer.open(Files.readAllBytes(file), CONTEXT), "HmacSHA256");
    }

    /// Names who asked under the salt of the input that it stands in: whoever has the input can
    /// check it, nobody else can make anything of it, the platform included once the input is
    /// erased.
    static String salted(String salt, Actor actor) {
        return Digest.sha256Hex(
                "%s/%s/%s"
                        .formatted(salt, actor.tenant(), actor.user())
                        .getBytes(StandardCharsets.UTF_8));
    }

    String of(Actor actor) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            String person = actor.tenant() + "/" + actor.user();
            return HexFormat.of().formatHex(mac.doFinal(person.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no HMAC-SHA256", e);
        }
    }
}
