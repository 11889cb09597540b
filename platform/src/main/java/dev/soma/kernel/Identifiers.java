package dev.soma.kernel;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/// Makes and checks identifiers. Instances are thread-safe.
public final class Identifiers {
    private static final Pattern SLUG = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    private final InstantSource clock;
    private final SecureRandom random;
    private final AtomicLong lastTick = new AtomicLong();

    public Identifiers(InstantSource clock, SecureRandom random) {
        this.clock = clock;
        this.random = random;
    }

    /// A UUID version 7 (RFC 9562, method 3: the 12 bits after the milliseconds count 1/4096 ms),
    /// strictly
    /// increasing within the process even when the clock stands still or steps back.
    public UUID next() {
        var now = clock.instant();
        @SuppressWarnings(
                "JavaInstantGetSecondsGetNano") // the fraction of the millisecond is meant
        long tick =
                (now.toEpochMilli() << 12)
                        | ((long) (now.getNano() % 1_000_000) * 4096 / 1_000_000);
        long mine = lastTick.accumulateAndGet(tick, (last, wanted) -> Math.max(last + 1, wanted));
        long high = ((mine >>> 12) << 16) | 0x7000 | (mine & 0xfff);
        long low = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    /// 128 random bits in hexadecimal, which nobody can guess.
    public String nonce() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /// True for lower-case names of up to 63 characters made of letters, digits, `.`, `_` and `-`.
    public static boolean isSlug(String value) {
        return SLUG.matcher(value).matches();
    }

    static void requireSlug(String what, String value) {
        if (!isSlug(value)) {
            throw new IllegalArgumentException(
                    "a "
                            + what
                            + " is 1 to 63 of a-z, 0-9, '.', '_', '-', starting with a letter or digit");
        }
    }
}
