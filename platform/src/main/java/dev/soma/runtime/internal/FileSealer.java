package dev.soma.runtime.internal;

import dev.soma.runtime.PrivateFiles;
import dev.soma.runtime.Sealer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// AES-256-GCM under a key in a file of mode 0600; a fresh 96-bit nonce leads each sealed value.
class FileSealer implements Sealer {
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecretKeySpec key;
    private final SecureRandom random;

    FileSealer(Path keyFile, SecureRandom random) {
        this.random = random;
        this.key = new SecretKeySpec(loadOrCreate(keyFile, random), "AES");
    }

    private static byte[] loadOrCreate(Path file, SecureRandom random) {
        try {
            if (!Files.exists(file)) {
                byte[] fresh = new byte[32];
                random.nextBytes(fresh);
                PrivateFiles.write(file, fresh);
            }
            byte[] bytes = Files.readAllBytes(file);
            if (bytes.length != 32) {
                throw new IllegalStateException(
                        "the key file %s does not hold 32 bytes".formatted(file));
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read or create the key file " + file, e);
        }
    }

    @Override
    public byte[] seal(byte[] secret, String context) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] body = run(Cipher.ENCRYPT_MODE, nonce, secret, context);
        byte[] sealed = Arrays.copyOf(nonce, NONCE_BYTES + body.length);
        System.arraycopy(body, 0, sealed, NONCE_BYTES, body.length);
        return sealed;
    }

    @Override
    public byte[] open(byte[] sealed, String context) {
        if (sealed.length < NONCE_BYTES) {
            throw new IllegalStateException("a sealed value is too short");
        }
        byte[] nonce = Arrays.copyOf(sealed, NONCE_BYTES);
        return run(
                Cipher.DECRYPT_MODE,
                nonce,
                Arrays.copyOfRange(sealed, NONCE_BYTES, sealed.length),
                context);
    }

    private byte[] run(int mode, byte[] nonce, byte[] input, String context) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(context.getBytes(StandardCharsets.UTF_8));
            return cipher.doFinal(input);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(
                    "a sealed value for %s does not open".formatted(context), e);
        }
    }
}
