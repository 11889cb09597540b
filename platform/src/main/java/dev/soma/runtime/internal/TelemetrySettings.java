package dev.soma.runtime.internal;

import dev.soma.runtime.Settings;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param otlpUrl collector that spans are sent to by OTLP over HTTP, such as
/// `http://127.0.0.1:4318`; empty for none
/// @param sampleRatio of the traces that begin here, from 0 to 1; a caller's own choice is kept
@Settings("soma.telemetry")
record TelemetrySettings(
        @DefaultValue("") String otlpUrl, @DefaultValue("1.0") double sampleRatio) {
    TelemetrySettings {
        if (sampleRatio < 0 || sampleRatio > 1) {
            throw new IllegalArgumentException("'soma.telemetry.sample-ratio' is from 0 to 1");
        }
    }
}
