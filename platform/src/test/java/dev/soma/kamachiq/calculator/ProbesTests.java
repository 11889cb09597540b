package dev.soma.kamachiq.calculator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kamachiq.requirement.Reading;
import dev.soma.kamachiq.requirement.RequirementReader;
import dev.soma.kamachiq.spec.SpecReader;
import dev.soma.kamachiq.spec.SpecReading;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProbesTests {
    private static Reading read(String text) {
        String spec =
                "id: p\ntitle: A calculator\ntext: %s\nbudget_tokens: 1\ntimeout_minutes: 1\n"
                        .formatted(text);
        return RequirementReader.read(
                ((SpecReading.Read) SpecReader.read(spec.getBytes(StandardCharsets.UTF_8))).spec());
    }

    @Test
    void everyProbeIsCoveredAndTheySeldomAreTheSame() {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        List<String> probes = Probes.draw(seed, 500);
        Set<Calculator> asked = new HashSet<>();
        for (String text : probes) {
            Reading reading = read(text);
            assertThat(reading.gaps()).as("seed %d: %s", seed, text).isEmpty();
            asked.add(reading.calculator().orElseThrow());
        }
        assertThat(asked).hasSizeGreaterThan(480);
        assertThat(Probes.draw(seed, 500)).isEqualTo(probes);
    }
}
