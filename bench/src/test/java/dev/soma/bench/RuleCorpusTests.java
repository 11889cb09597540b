package dev.soma.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class RuleCorpusTests {
    @Test
    void theSameSeedMakesTheSameRulesAndQuestions() {
        RuleCorpus one = new RuleCorpus(20, 50, 7);
        RuleCorpus other = new RuleCorpus(20, 50, 7);
        assertThat(one.rego()).isEqualTo(other.rego());
        assertThat(one.pack()).isEqualTo(other.pack());
        assertThat(one.questions()).isEqualTo(other.questions());
        assertThat(new RuleCorpus(20, 50, 8).rego()).isNotEqualTo(one.rego());
    }

    @Test
    void bothFormsHaveEveryRule() {
        RuleCorpus corpus = new RuleCorpus(20, 1, 7);
        assertThat((List<?>) corpus.pack().get("rules")).hasSize(20);
        for (int i = 0; i < 20; i++) {
            assertThat(corpus.rego()).contains("deny contains \"rule-%d\" if".formatted(i));
        }
    }

    @Test
    void aProgramThatCannotBeRunIsWrongUse(@TempDir Path folder) throws Exception {
        Path file = Files.createFile(folder.resolve("opa"));
        assertThat(new CommandLine(new Bench()).execute("rules", "--opa", file.toString()))
                .isEqualTo(2);
    }
}
