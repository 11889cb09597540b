package dev.soma.verifier;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTests {
    private static final long SEED = 20_261_125;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"a\":[],\"b\":{},\"c\":[1,-2,0,true,false,null,\"x\"]}",
                "{\"\":\"/\u007f\",\"\\n\":\"\\u0000\\u001f\\b\\t\\n\\f\\r\\\"\\\\\"}",
                "{\"n\":9007199254740991}",
                "{\"n\":-9007199254740991}",
                "{\"\uD83D\uDE00\":1,\"\uFB33\":2}"
            })
    void acceptsCanonicalText(String text) throws Fault {
        assertThat(canonical(text).write()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "1",
                "{",
                "{}}",
                "{} ",
                " {}",
                "{\"a\": 1}",
                "{\"a\":1,}",
                "{\"b\":1,\"a\":1}",
                "{\"a\":1,\"a\":1}",
                "{\"\":1,\"\":1}",
                "{\"a\":1.0}",
                "{\"a\":1e1}",
                "{\"a\":01}",
                "{\"a\":-0}",
                "{\"a\":-}",
                "{\"a\":+1}",
                "{\"a\":9007199254740992}",
                "{\"a\":99999999999999999999}",
                "{\"a\":tru}",
                "{\"a\":nulll}",
                "{\"a\":\"\\/\"}",
                "{\"a\":\"\\u000A\"}",
                "{\"a\":\"\\u000a\"}",
                "{\"a\":\"\\u0041\"}",
                "{\"a\":\"\\u001F\"}",
                "{\"a\":\"\\ud800\"}",
                "{\"a\":\"\\x\"}",
                "{\"a\":\"\n\"}",
                "{\"a\":\"",
                "{\"a\":\"\\u00",
                "{\"a\"}",
                "{a:1}",
                "{\"a\":[1,]}",
                "{\"a\":[1 ,2]}",
                "{\"\uFB33\":2,\"\uD83D\uDE00\":1}",
                "\uFEFF{}"
            })
    void refusesEveryOtherSpelling(String text) {
        assertThatThrownBy(() -> canonical(text)).isInstanceOf(Fault.class);
    }

    @Test
    void refusesBytesThatAreNotUtf8() {
        for (String hex : List.of("ff", "c080", "eda080", "f4908080", "e282", "efbf")) {
            byte[] bytes =
                    Signer.concat(
                            "{\"a\":\"".getBytes(UTF_8),
                            Signer.concat(HexFormat.of().parseHex(hex), "\"}".getBytes(UTF_8)));
            assertThatThrownBy(() -> JsonReader.canonical(bytes, bytes.length))
                    .as(hex)
                    .hasMessageContaining("UTF-8");
        }
    }

    @Test
    void acceptsThirtyTwoLevelsAndNoMore() throws Fault {
        assertThat(canonical(nested(31)).values()).hasSize(1);
        assertThatThrownBy(() -> canonical(nested(32))).hasMessageContaining("32 levels");
    }

    @Test
    void readsBackWhateverItWrites() throws Fault {
        Random random = new Random(SEED);
        for (int i = 0; i < 2000; i++) {
            Json.Members value = randomMembers(random, 4);
            assertThat(canonical(value.write())).as("seed %d, round %d", SEED, i).isEqualTo(value);
        }
    }

    @Test
    void readsPlainDocumentsInAnyOrderAndSpacing() throws Fault {
        Json.Members plain =
                JsonReader.plain(" { \"b\" : [ 1 , 2 ] ,\n\"a\":\"\\u0041\\/\" } ".getBytes(UTF_8));
        assertThat(plain.write()).isEqualTo("{\"a\":\"A/\",\"b\":[1,2]}");
    }

    private static Json.Members canonical(String text) throws Fault {
        byte[] bytes = text.getBytes(UTF_8);
        return JsonReader.canonical(bytes, bytes.length);
    }

    private static String nested(int lists) {
        return "{\"a\":" + "[".repeat(lists) + "]".repeat(lists) + "}";
    }

    private static Json.Members randomMembers(Random random, int depth) {
        Json.Members members = new Json.Members(new TreeMap<>());
        for (int i = random.nextInt(5); i > 0; i--) {
            members.values().put(randomText(random), randomValue(random, depth - 1));
        }
        return members;
    }

    private static Json randomValue(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 6 : 4)) {
            case 0 -> new Json.Text(randomText(random));
            case 1 -> new Json.Whole(random.nextLong(-Json.MAX_INTEGER, Json.MAX_INTEGER + 1));
            case 2 -> new Json.Truth(random.nextBoolean());
            case 3 -> new Json.Nothing();
            case 4 -> randomMembers(random, depth);
            default -> {
                List<Json> items = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    items.add(randomValue(random, depth - 1));
                }
                yield new Json.Items(items);
            }
        };
    }

    private static String randomText(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            int bound = List.of(0x20, 0x80, 0x800, 0xD800, 0x110000).get(random.nextInt(5));
            int point = random.nextInt(bound);
            text.appendCodePoint(point >= 0xD800 && point <= 0xDFFF ? 'x' : point);
        }
        return text.toString();
    }
}
