package dev.soma.kamachiq.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.soma.kamachiq.evidence.Timeline.Span;
import dev.soma.kernel.json.JsonValue.JsonObject;
import dev.soma.kernel.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportPageTests {
    private static JsonObject json(String text) throws Exception {
        return StrictJson.parseObject(text.getBytes(StandardCharsets.UTF_8));
    }

    private static JsonObject task(String task, String state, long at) throws Exception {
        return json(
                "{\"kind\":\"TASK\",\"task\":\"%s\",\"state\":\"%s\",\"at_ms\":%d}"
                        .formatted(task, state, at));
    }

    @Test
    void theTimelineFollowsFromTheRecord() throws Exception {
        Timeline timeline =
                Timeline.of(
                        List.of(
                                json(
                                        """
                                        {"kind":"PLAN","tasks":[{"id":"a","dependencies":[]},
                                          {"id":"b","dependencies":["a"]},{"id":"c","dependencies":["a"]}]}
                                        """),
                                task("a", "RUNNING", 1_000),
                                task("a", "FAILED_TRY", 1_100),
                                task("a", "RUNNING", 1_150),
                                task("a", "DONE", 1_350),
                                task("b", "RUNNING", 1_400),
                                task("c", "RUNNING", 1_400),
                                task("c", "DONE", 1_500),
                                task("b", "DONE", 2_000)));
        assertThat(timeline.spans())
                .containsExactly(
                        new Span("a", 0, 100, "FAILED_TRY"),
                        new Span("a", 150, 350, "DONE"),
                        new Span("b", 400, 1_000, "DONE"),
                        new Span("c", 400, 500, "DONE"));
        assertThat(timeline.criticalChain()).containsExactly("a", "b");
        assertThat(timeline.makespan()).isEqualTo(1_000);
        assertThat(timeline.lowerBound()).isEqualTo(900);
        assertThat(timeline.ratio()).isEqualTo(11_111);
    }

    @Test
    void whereNothingRanThereIsNothingToCompare() {
        assertThat(Timeline.of(List.of()).ratio()).isEqualTo(10_000);
    }

    @Test
    void whatAProjectWroteStaysText() throws Exception {
        String page =
                ReportPage.of(
                        json(
                                """
                                {"project":"<script>alert(1)</script>","tenant":"a\\"b","verdict":"PARTIAL","root":"00",
                                 "requirements":[{"kind":"NAME","value":"x\\u202ey <img src=x>","origin":"ASSUMED"}],
                                 "record":[{"kind":"VERDICT","seq":1,"verdict":"PARTIAL","reasons":["</li><b>'&"]},
                                           {"kind":"KEPT","seq":3,"task":"docs","project":"<i>"},
                                           {"kind":"READING","seq":4,"model":"<b>","problem":"no <img>"},
                                           {"kind":"PERSON","seq":2,"by":"<i>","choice":"DELIVER","reason":"`${1}`"}]}
                                """));
        assertThat(page)
                .doesNotContain("<script", "<img", "<b>", "<i>", "\u202e", "a\"b")
                .contains("[U+202E]", "nowhere: assumed", "◐ PARTIAL")
                .contains("What was taken over", "not taken: no &#60;img&#62;");
    }

    @Test
    void aReportThatSaysNothingIsAPageAllTheSame() throws Exception {
        assertThat(ReportPage.of(json("{}"))).startsWith("<!doctype html>").endsWith("</html>\n");
    }
}
