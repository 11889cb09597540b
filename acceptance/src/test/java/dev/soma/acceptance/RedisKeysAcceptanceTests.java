package dev.soma.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.devkit.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// docs/design/redis-keys.md and the keys of a running system say the same.
class RedisKeysAcceptanceTests {
    private static final Pattern FIRST_CELL = Pattern.compile("^\\|\\s*`([^`]+)`\\s*\\|.*");

    /// A row of the table: a key with `{names}` for the parts that vary.
    private record Row(String key, Pattern pattern) {
        static Stream<Row> of(String line) {
            Matcher cell = FIRST_CELL.matcher(line);
            if (!cell.matches()) {
                return Stream.empty();
            }
            String regex =
                    Stream.of(cell.group(1).split("\\{[^}]*}", -1))
                            .map(Pattern::quote)
                            .reduce((left, right) -> left + "[^:]+" + right)
                            .orElse("");
            return Stream.of(new Row(cell.group(1), Pattern.compile(regex)));
        }

        boolean covers(String key) {
            return pattern.matcher(key).matches();
        }
    }

    @Test
    void documentedKeysAreTheKeysThereAre() throws IOException, InterruptedException {
        Path document = SourceTree.find().root().resolve("docs/design/redis-keys.md");
        assertThat(document).exists();
        List<Row> rows = Files.readAllLines(document).stream().flatMap(Row::of).toList();
        assertThat(rows).as("rows of " + document).isNotEmpty();
        SharedPlatform shared = SharedPlatform.get();
        shared.platform()
                .http()
                .post(
                        "/v1/chat/completions",
                        shared.key(),
                        """
                        {"model":"scripted/scripted:frames=8","messages":[{"role":"user","content":"hello"}]}\
                        """)
                .ok();
        SortedSet<String> keys;
        try (Redis redis = shared.platform().redis()) {
            keys = redis.keys();
        }
        List<String> undocumented = new ArrayList<>();
        for (String key : keys) {
            if (rows.stream().noneMatch(row -> row.covers(key))) {
                undocumented.add(key);
            }
        }
        assertThat(undocumented).as("keys in Redis that " + document + " lacks").isEmpty();
        assertThat(rows)
                .as("rows of %s, of which each needs a key among %s", document, keys)
                .allMatch(row -> keys.stream().anyMatch(row::covers));
    }
}
