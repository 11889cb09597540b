package dev.soma.identity.internal;

import dev.soma.identity.AnswerSigner;
import dev.soma.identity.internal.Directory.SigningKey;
import dev.soma.runtime.Sealer;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/// [AnswerSigner] with the active key of the directory, which is opened once.
class DirectorySigner implements AnswerSigner {
    private final IdentityService service;
    private final Sealer sealer;
    private final InstantSource clock;
    private volatile Opened opened = new Opened("", Optional.empty());

    private record Opened(String kid, Optional<Ed25519PrivateKeyParameters> key) {}

    DirectorySigner(IdentityService service, Sealer sealer, InstantSource clock) {
        this.service = service;
        this.sealer = sealer;
        this.clock = clock;
    }

    @Override
    public Optional<byte[]> sign(Function<String, byte[]> message) {
        return service.directory()
                .signer(clock.instant())
                .map(
                        key -> {
                            byte[] bytes = message.apply(key.kid());
                            Ed25519Signer signer = new Ed25519Signer();
                            signer.init(true, open(key));
                            signer.update(bytes, 0, bytes.length);
                            return signer.generateSignature();
                        });
    }

    private Ed25519PrivateKeyParameters open(SigningKey key) {
        Opened known = opened;
        if (known.kid().equals(key.kid()) && known.key().isPresent()) {
            return known.key().get();
        }
        Ed25519PrivateKeyParameters fresh =
                new Ed25519PrivateKeyParameters(
                        sealer.open(key.sealedPrivate(), Tokens.context(key.kid())));
        opened = new Opened(key.kid(), Optional.of(fresh));
        return fresh;
    }
}
