package dev.soma.identity.internal;

import dev.soma.identity.internal.Directory.SigningKey;
import dev.soma.runtime.Sealer;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;

/// When keys follow each other. A new key is published before it signs; the old ones verify until
/// every token that
/// they signed has expired, plus a minute for clocks that differ.
class SigningKeys {
    private static final int CLOCK_SKEW_SECONDS = 60;

    private final IdentitySettings settings;
    private final Sealer sealer;
    private final SecureRandom random;

    SigningKeys(IdentitySettings settings, Sealer sealer, SecureRandom random) {
        this.settings = settings;
        this.sealer = sealer;
        this.random = random;
    }

    /// A new key and how long the older ones still verify.
    record Rotation(SigningKey fresh, Instant oldRetireAt) {}

    /// @param forced rotate even though the newest key is still young
    Optional<Rotation> next(List<SigningKey> present, Instant now, boolean forced) {
        if (present.isEmpty()) {
            return Optional.of(rotation(now));
        }
        Instant newest = present.getLast().activeFrom();
        boolean due =
                !newest.plusSeconds(settings.keyRotationSeconds() - settings.keyOverlapSeconds())
                        .isAfter(now);
        return due || forced
                ? Optional.of(rotation(now.plusSeconds(settings.keyOverlapSeconds())))
                : Optional.empty();
    }

    private Rotation rotation(Instant activeFrom) {
        byte[] id = new byte[8];
        random.nextBytes(id);
        String kid = HexFormat.of().formatHex(id);
        Ed25519PrivateKeyParameters key = new Ed25519PrivateKeyParameters(random);
        SigningKey fresh =
                new SigningKey(
                        kid,
                        key.generatePublicKey().getEncoded(),
                        sealer.seal(key.getEncoded(), Tokens.context(kid)),
                        activeFrom,
                        IdentityRepository.forever());
        return new Rotation(
                fresh, activeFrom.plusSeconds(settings.tokenSeconds() + CLOCK_SKEW_SECONDS));
    }
}
