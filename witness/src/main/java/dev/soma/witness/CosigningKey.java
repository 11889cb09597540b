package dev.soma.witness;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.soma.verifier.Cosignature;
import dev.soma.verifier.CosignerKey;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;

/// The witness's own key. Its file has two lines: the private key (base64 of PKCS #8) and the vkey.
/// Thread-safe.
final class CosigningKey {
    private static final String ALGORITHM = "Ed25519";
    private static final int SIGNATURE_BYTES = 64;
    private static final int KEY_ID_BYTES = 4;

    private final PrivateKey privateKey;
    private final CosignerKey verifier;

    private CosigningKey(PrivateKey privateKey, CosignerKey verifier) {
        this.privateKey = privateKey;
        this.verifier = verifier;
    }

    static CosigningKey generate(String name) {
        try {
            KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
            return new CosigningKey(pair.getPrivate(), CosignerKey.of(name, pair.getPublic()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has Ed25519", e);
        }
    }

    String fileText() {
        return Base64.getEncoder().encodeToString(privateKey.getEncoded())
                + "\n"
                + verifier.vkey()
                + "\n";
    }

    /// @throws Retired when the text is not what [#fileText()] gave
    static CosigningKey parse(Path file, String text) {
        String[] lines = text.split("\n", -1);
        try {
            if (lines.length != 3) {
                throw new Retired(file + " is no key file");
            }
            byte[] encoded = Base64.getDecoder().decode(lines[0]);
            PrivateKey key =
                    KeyFactory.getInstance(ALGORITHM)
                            .generatePrivate(new PKCS8EncodedKeySpec(encoded));
            CosigningKey whole = new CosigningKey(key, CosignerKey.parse(lines[1]));
            String probe = "probe\n0\n" + Base64.getEncoder().encodeToString(new byte[32]) + "\n";
            byte[] note = (probe + "\n" + whole.cosign(0, probe)).getBytes(UTF_8);
            if (!(Cosignature.read(note, whole.verifier) instanceof Cosignature.Reading.Holds)) {
                throw new Retired("the two keys in " + file + " do not belong together");
            }
            return whole;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // Without the cause: its text may quote the file.
            throw new Retired(file + " holds no Ed25519 key");
        }
    }

    CosignerKey verifier() {
        return verifier;
    }

    /// @param time seconds since 1970 UTC
    /// @param text a checkpoint's text, with its last newline
    /// @return the signature line with its newline
    String cosign(long time, String text) {
        try {
            Signature ed25519 = Signature.getInstance(ALGORITHM);
            ed25519.initSign(privateKey);
            ed25519.update(Cosignature.message(time, text));
            byte[] line =
                    ByteBuffer.allocate(KEY_ID_BYTES + Long.BYTES + SIGNATURE_BYTES)
                            .putInt(verifier.id())
                            .putLong(time)
                            .put(ed25519.sign())
                            .array();
            return "\u2014 "
                    + verifier.name()
                    + " "
                    + Base64.getEncoder().encodeToString(line)
                    + "\n";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("an Ed25519 key does not sign", e);
        }
    }
}
