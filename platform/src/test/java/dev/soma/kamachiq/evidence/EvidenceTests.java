package dev.soma.kamachiq.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kernel.Digest;
import dev.soma.kernel.json.JsonValue;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Keys and chain against the vectors of the design.
class EvidenceTests {
    private static final byte[] CAPSULE = sha256("capsule");
    private static final byte[] INPUT = sha256("input");

    private static byte[] sha256(String text) {
        return Digest.sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void effectKeysAreThoseOfTheDesign() {
        assertThat(EffectKey.of("t1", "p1", "n1", 1, 0, CAPSULE, INPUT).hex())
                .isEqualTo("d273624b936dbb45f30fdd955bceae4eea03de149bf427b15094f37b082e9079");
    }

    @Test
    void noTwoStepsShareAnEffectKey() {
        List<EffectKey> keys =
                List.of(
                        EffectKey.of("t1", "p1", "n1", 1, 0, CAPSULE, INPUT),
                        EffectKey.of("t1", "p1", "n1", 1, 1, CAPSULE, INPUT),
                        EffectKey.of("t1", "p1", "n1", 2, 0, CAPSULE, INPUT),
                        EffectKey.of("t1", "p1n", "1", 1, 0, CAPSULE, INPUT),
                        EffectKey.of("t1p", "1", "n1", 1, 0, CAPSULE, INPUT),
                        EffectKey.of("t1", "p1", "n1", 1, 0, INPUT, CAPSULE));
        assertThat(keys).doesNotHaveDuplicates();
    }

    @Test
    void contentKeysAreThoseOfTheDesignAndDoNotDependOnTheOrderOfInputs() {
        assertThat(ContentKey.of(CAPSULE, List.of(INPUT), "engineer", "m@1", "pol-7").hex())
                .isEqualTo("c3ae381501162b54373e856cb58bc89f5a72d8ecb173ff873c4f79e7050162fd");
        assertThat(ContentKey.of(CAPSULE, List.of(INPUT, CAPSULE), "engineer", "m@1", "pol-7"))
                .isEqualTo(
                        ContentKey.of(CAPSULE, List.of(CAPSULE, INPUT), "engineer", "m@1", "pol-7"))
                .isNotEqualTo(ContentKey.of(CAPSULE, List.of(CAPSULE), "engineer", "m@1", "pol-7"));
    }

    @Test
    void theChainIsThatOfTheDesign() {
        RunRecord begun = RunRecord.begin("t1", "p1");
        assertThat(begun.hex())
                .isEqualTo("c44a22fdd40a3414b2b3bb763370f2822423517af8d02dc275286c394ff89a59");
        assertThat(begun.append(JsonValue.object().put("kind", "PLAN").put("seq", 1).build()).hex())
                .isEqualTo("3f32719d8affa4cf1a277e8e69fad93616f6d12c75eac6390caf4d0886b1b91f");
    }

    @Test
    void anEntryThatIsChangedMovedOrLeftOutChangesTheLastLink() {
        var one = JsonValue.object().put("seq", 1).build();
        var two = JsonValue.object().put("seq", 2).build();
        RunRecord begun = RunRecord.begin("t1", "p1");
        List<String> ends =
                List.of(
                        begun.append(one).append(two).hex(),
                        begun.append(two).append(one).hex(),
                        begun.append(one).hex(),
                        begun.append(two).hex(),
                        RunRecord.begin("t1", "p2").append(one).append(two).hex());
        assertThat(ends).doesNotHaveDuplicates();
    }
}
