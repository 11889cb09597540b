package dev.soma.audit.internal;

import dev.soma.kernel.Digest;
import dev.soma.runtime.PrivateFiles;
import dev.soma.runtime.Sealer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;

/// The key that signs this node's checkpoints, as C2SP signed notes.
class CheckpointKey {
    private static final byte ED25519 = 1;

    private final String name;
    private final Ed25519PrivateKeyParameters key;
    private final byte[] keyId;

    private CheckpointKey(String name, Ed25519PrivateKeyParameters key) {
        this.name = name;
        this.key = key;
        this.keyId = Arrays.copyOf(Digest.sha256(typedKey(name + "\n")), 4);
    }

    /// Reads the sealed key of this node, or makes one and writes the verifier key beside it.
    static CheckpointKey loadOrCreate(Path folder, String name, Sealer sealer, SecureRandom random)
            throws IOException {
        Path file = folder.resolve("secrets/checkpoint-key");
        String context = "checkpoint-key/" + name;
        if (!Files.exists(file)) {
            PrivateFiles.write(
                    file,
                    sealer.seal(new Ed25519PrivateKeyParameters(random).getEncoded(), context));
        }
        CheckpointKey key =
                new CheckpointKey(
                        name,
                        new Ed25519PrivateKeyParameters(
                                sealer.open(Files.readAllBytes(file), context)));
        Files.writeString(folder.resolve("audit.vkey"), key.verifierKey() + "\n");
        return key;
    }

    private byte[] typedKey(String prefix) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(prefix.getBytes(StandardCharsets.UTF_8));
        bytes.write(ED25519);
        bytes.writeBytes(key.generatePublicKey().getEncoded());
        return bytes.toByteArray();
    }

    /// `<name>+<key id>+<base64 of type and key>`.
    String verifierKey() {
        return name
                + "+"
                + HexFormat.of().formatHex(keyId)
                + "+"
                + Base64.getEncoder().encodeToString(typedKey(""));
    }

    String note(long size, byte[] root) {
        String text =
                "%s\n%d\n%s\n".formatted(name, size, Base64.getEncoder().encodeToString(root));
        Ed25519Signer signer = new Ed25519Signer();
        signer.init(true, key);
        byte[] message = text.getBytes(StandardCharsets.UTF_8);
        signer.update(message, 0, message.length);
        byte[] signature = signer.generateSignature();
        byte[] line = Arrays.copyOf(keyId, 4 + signature.length);
        System.arraycopy(signature, 0, line, 4, signature.length);
        return text + "\n\u2014 " + name + " " + Base64.getEncoder().encodeToString(line) + "\n";
    }
}
