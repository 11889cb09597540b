package dev.soma.constitution.internal;

import dev.soma.runtime.Settings;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param keyRingFile public keys that the operator trusts
/// @param file signed file to follow instead of SomaBrain's keys in Redis
/// @param hintUrl address of a SomaBrain whose `constitution/version` is compared with its store;
/// a hint that raises an alarm, never a source
/// @param threshold least number of distinct signers; a document may ask for more
/// @param pollMillis how often the source is read; jittered by a tenth either way
/// @param leaseMillis how long a constitution is believed after its source last confirmed it
@Settings("soma.constitution")
record ConstitutionSettings(
        Path keyRingFile,
        @Nullable Path file,
        @Nullable URI hintUrl,
        @DefaultValue("2") int threshold,
        @DefaultValue("30000") int pollMillis,
        @DefaultValue("900000") int leaseMillis) {
    ConstitutionSettings {
        if (keyRingFile == null) {
            throw new IllegalArgumentException(
                    "'soma.constitution.key-ring-file' must name the file of trusted keys");
        }
        if (hintUrl != null
                && (hintUrl.getHost() == null
                        || !List.of("http", "https").contains(hintUrl.getScheme()))) {
            throw new IllegalArgumentException(
                    "'soma.constitution.hint-url' must be an http or https address");
        }
        if (threshold < 1) {
            throw new IllegalArgumentException("'soma.constitution.threshold' must be at least 1");
        }
    }
}
