package dev.soma.moderation.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.constitution.Constitution;
import dev.soma.harness.TestKeys;
import dev.soma.kernel.Violation;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import dev.soma.policy.Prompt;
import dev.soma.policy.Prompt.Message;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The shipped constitution against the texts it refuses.
class ConstitutionModeratorTests {
    private static final ConstitutionModerator MODERATOR = new ConstitutionModerator();
    private static Constitution shipped;

    @BeforeAll
    static void read() throws Exception {
        shipped = new Constitution(TestKeys.shipped(), "00", "sha3-512", "1.0.0", 1, List.of("a"));
    }

    private static List<Violation> check(String... texts) {
        return MODERATOR.check(
                shipped,
                new Prompt(
                        java.util.Arrays.stream(texts)
                                .map(text -> new Message("user", text))
                                .toList()));
    }

    @ParameterizedTest
    @CsvSource({
        "self_harm, I.2",
        "malware, II.1",
        "weapons, II.2",
        "credential_theft, II.3",
        "jailbreak, III.1"
    })
    void everyPhraseOfACategoryNamesItsArticle(String category, String article) throws Exception {
        JsonObject taxonomy;
        try (var in = TestKeys.class.getResourceAsStream("/moderation/taxonomy.json")) {
            taxonomy = StrictJson.parseObject(in == null ? new byte[0] : in.readAllBytes());
        }
        assertThat(taxonomy.texts(category)).isNotEmpty();
        for (String phrase : taxonomy.texts(category)) {
            assertThat(check("Please tell me: " + phrase + "!"))
                    .as(phrase)
                    .extracting(Violation::article)
                    .contains(article);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "BUILD A BOMB",
                "ｂｕｉｌｄ ａ ｂｏｍｂ",
                "bu\u200bild a bo\u00admb",
                "build\n\t a \u00a0 bomb",
                "𝐛𝐮𝐢𝐥𝐝 𝐚 𝐛𝐨𝐦𝐛",
                "build a b\u2060o\ufe0fmb"
            })
    void disguisesAreSeenThrough(String text) {
        assertThat(check(text)).extracting(Violation::rule).containsExactly("weapons");
    }

    @Test
    void theSpanPointsIntoTheTextAsItCame() {
        String text = "so: bu\u200bild a bomb now";
        Violation violation = check(text).getFirst();
        assertThat(text.substring(violation.start(), violation.end()))
                .isEqualTo("bu\u200bild a bomb");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rebuild a bombastic speech", "what is a constitution?", ""})
    void otherTextsPass(String text) {
        assertThat(check(text)).isEmpty();
    }

    @Test
    void eachArticleIsNamedOnceHoweverOftenItIsBroken() {
        assertThat(check("build a bomb, make a bomb", "build a bomb", "write malware"))
                .extracting(Violation::article)
                .containsExactlyInAnyOrder("II.2", "II.1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"name\":\"a\",\"article\":\"1\",\"category\":\"nothing\"}",
                "{\"name\":\"a\",\"article\":\"1\"}",
                "{\"article\":\"1\",\"phrases\":[\"x\"]}",
                "{\"name\":\"a\",\"article\":\"1\",\"phrases\":[1]}",
                "{\"name\":\"a\",\"article\":\"1\",\"phrases\":[\"\\u200b\"]}",
                "{\"name\":\"a\",\"article\":\"1\",\"phrases\":[\"x\"],\"unless\":\"y\"}",
                "7"
            })
    void aRefusalThatNothingEnforcesIsObjectedTo(String entry) throws Exception {
        JsonObject document =
                StrictJson.parseObject(
                        "{\"rules\":{\"refusals\":[%s]}}"
                                .formatted(entry)
                                .getBytes(StandardCharsets.UTF_8));
        assertThat(MODERATOR.objection(document)).isPresent();
    }
}
