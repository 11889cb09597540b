package dev.soma.kamachiq.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kamachiq.plan.Join;
import dev.soma.kamachiq.plan.PlanCheck;
import dev.soma.kamachiq.plan.TaskNode;
import dev.soma.kamachiq.plan.TaskType;
import dev.soma.kamachiq.plan.When;
import dev.soma.kamachiq.spec.ProjectSpec.OnUnreachable;
import dev.soma.kamachiq.spec.ProjectSpec.Producer;
import dev.soma.kernel.Digest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What people hand in, and what they are told of it.
class SpecReaderTests {
    private static final String CALCULATOR =
            """
            # Somebody's project
            id: calculator
            title: Create Python CLI calculator
            text: |
              The program adds, subtracts, multiplies and divides.
              Division by zero exits with 2.
            goals: [add, divide]
            budget_tokens: 20000
            timeout_minutes: 15
            quality_threshold: 0.85
            producer: capsule
            permissions: [shell]
            tasks:
              - id: contract
                type: design
                estimated_tokens: 100
              - id: code
                type: code
                dependencies: [contract]
                join: none_failed
                permissions: [shell]
                when: {task: contract, output: kind, equals: cli}
            """;

    private static SpecReading read(String text) {
        return SpecReader.read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ProjectSpec spec(String text) {
        SpecReading reading = read(text);
        assertThat(reading).isInstanceOf(SpecReading.Read.class);
        return ((SpecReading.Read) reading).spec();
    }

    private static List<String> faults(String text) {
        SpecReading reading = read(text);
        assertThat(reading).as(text).isInstanceOf(SpecReading.Faulty.class);
        return ((SpecReading.Faulty) reading).faults().stream().map(SpecFault::toString).toList();
    }

    @Test
    void yamlIsRead() {
        ProjectSpec spec = spec(CALCULATOR);
        assertThat(spec.id()).isEqualTo("calculator");
        assertThat(spec.text()).contains("Division by zero exits with 2.\n");
        assertThat(spec.goals()).containsExactly("add", "divide");
        assertThat(spec.budgetTokens()).isEqualTo(20_000);
        assertThat(spec.qualityThreshold()).isEqualTo(8_500);
        assertThat(spec.producer()).isEqualTo(Producer.CAPSULE);
        assertThat(spec.onUnreachable()).isEqualTo(OnUnreachable.AWAITING_HUMAN);
        assertThat(spec.digest()).isEqualTo(Digest.sha256Hex(CALCULATOR));
        TaskNode code = spec.plan().orElseThrow().nodes().getLast();
        assertThat(code.type()).isEqualTo(TaskType.CODE);
        assertThat(code.join()).isEqualTo(Join.NONE_FAILED);
        assertThat(code.when()).contains(new When("contract", "kind", "cli"));
        assertThat(code.required()).isTrue();
        assertThat(PlanCheck.of(spec.plan().orElseThrow(), spec.permissions())).isEmpty();
    }

    @Test
    void jsonIsReadWhateverItsBlanks() {
        String json =
                """

                {
                TAB"id": "p", "title": "T", "text": "a \\u00e9",RETURN
                TAB"budget_tokens": 1, "timeout_minutes": 1}
                """;
        ProjectSpec spec = spec(json.replace("TAB", "\t").replace("RETURN", "\r"));
        assertThat(spec.text()).isEqualTo("a \u00e9");
        assertThat(spec.qualityThreshold()).isEqualTo(8_000);
        assertThat(spec.plan()).isEmpty();
    }

    @Test
    void everyFaultHasItsLine() {
        String wrong =
                CALCULATOR
                        .replace("budget_tokens: 20000", "budget_tokens: -5")
                        .replace("type: design", "type: painting")
                        .replace("equals: cli}", "equals: 7, more: x}")
                        .replace("title:", "titel:");
        List<String> faults = faults(wrong);
        assertThat(faults)
                .anySatisfy(fault -> assertThat(fault).startsWith("line 8 /budget_tokens: "));
        assertThat(faults)
                .anySatisfy(fault -> assertThat(fault).startsWith("line 15 /tasks/0/type: "));
        assertThat(faults)
                .anySatisfy(
                        fault -> assertThat(fault).startsWith("line 22 /tasks/1/when/equals: "));
        assertThat(faults).anySatisfy(fault -> assertThat(fault).contains("titel"));
        assertThat(faults)
                .anySatisfy(fault -> assertThat(fault).contains("title").contains("required"));
        assertThat(faults("{\n\"id\": \"p\",\n\"id\": \"q\"}"))
                .singleElement()
                .asString()
                .startsWith("line 3: ")
                .containsIgnoringCase("duplicate");
        assertThat(faults("id: a\nid: b\n"))
                .singleElement()
                .asString()
                .containsIgnoringCase("duplicate");
        assertThat(faults("id: [a\ntitle: b\n")).singleElement().asString().startsWith("line 2: ");
    }

    @Test
    void whatIsHiddenHugeOrMultipliesIsNotTaken() {
        assertThat(faults("id: a\ntext: x\u202ey\n"))
                .singleElement()
                .asString()
                .isEqualTo("line 2: holds the invisible character U+202E");
        assertThat(faults("id: a\u0000\n")).singleElement().asString().contains("U+0000");
        assertThat(faults("a: &x [1]\nb: [*x, *x]\n"))
                .singleElement()
                .asString()
                .contains("anchors and aliases");
        assertThat(faults("a: [".repeat(40)))
                .singleElement()
                .asString()
                .containsAnyOf("nest", "deep");
        assertThat(faults("x".repeat(SpecReader.MAX_BYTES + 1)))
                .singleElement()
                .asString()
                .contains("262144");
        assertThat(SpecReader.read(new byte[] {(byte) 0xc3, 0x28}))
                .isInstanceOf(SpecReading.Faulty.class);
        for (String text :
                List.of(
                        "",
                        "   ",
                        "null",
                        "7",
                        "[]",
                        "{",
                        "---\na: 1\n---\nb: 2\n",
                        "!!java.net.URL x")) {
            assertThat(faults(text)).as(text).isNotEmpty();
        }
        assertThat(faults(CALCULATOR.replace("0.85", "0.85005")))
                .singleElement()
                .asString()
                .startsWith("line 10 /quality_threshold");
        assertThat(faults(CALCULATOR.replace("0.85", "1.01"))).isNotEmpty();
    }

    @Test
    void garbageIsAFaultAndNeverAnException() {
        long seed = Long.getLong("soma.seed", new Random().nextLong());
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        byte[] good = CALCULATOR.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 3_000; i++) {
            byte[] bytes = good.clone();
            for (int j = 0; j <= random.nextInt(4); j++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            assertThat(SpecReader.read(bytes)).as("seed %d, %d", seed, i).isNotNull();
        }
    }
}
