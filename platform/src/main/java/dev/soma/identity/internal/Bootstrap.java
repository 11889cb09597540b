package dev.soma.identity.internal;

import dev.soma.runtime.PrivateFiles;
import dev.soma.runtime.RunSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The one-time secret with which the first administrator is made. It lies in a file of mode 0600,
/// works once, and
/// only for a while after the start of a platform that has no administrator.
class Bootstrap {
    private final Path file;
    private final InstantSource clock;
    private final SecureRandom random;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable String secret;
    private Instant until = Instant.MIN;

    Bootstrap(RunSettings run, InstantSource clock, SecureRandom random) {
        this.random = random;
        this.file = run.directory().resolve("bootstrap-secret");
        this.clock = clock;
    }

    void offer(int seconds) throws IOException {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        secret = HexFormat.of().formatHex(bytes);
        until = clock.instant().plusSeconds(seconds);
        PrivateFiles.write(file, secret.getBytes(StandardCharsets.UTF_8));
    }

    /// Takes the secret out of use if it is the right one and its time has not passed.
    boolean redeem(String presented) throws IOException {
        lock.lock();
        try {
            boolean right =
                    secret != null
                            && clock.instant().isBefore(until)
                            && MessageDigest.isEqual(
                                    secret.getBytes(StandardCharsets.UTF_8),
                                    presented.getBytes(StandardCharsets.UTF_8));
            if (right) {
                secret = null;
                Files.deleteIfExists(file);
            }
            return right;
        } finally {
            lock.unlock();
        }
    }
}
