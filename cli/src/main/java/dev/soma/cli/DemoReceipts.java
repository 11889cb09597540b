package dev.soma.cli;

import dev.soma.devkit.Home;
import dev.soma.replay.Outcome;
import dev.soma.replay.Replay;
import dev.soma.verifier.VerifierKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A part of the demo: every verdict of the tenant judged again from its receipt, by code that the
/// platform does not share.
final class DemoReceipts {
    private final Home home;
    private final Connection connection;
    private final Stage stage;
    private final String tenant;

    DemoReceipts(Home home, Connection connection, Stage stage, String tenant) {
        this.home = home;
        this.connection = connection;
        this.stage = stage;
        this.tenant = tenant;
    }

    void show() throws Exception {
        stage.title("Every verdict judged again from its receipt, without the platform");
        VerifierKey key = VerifierKey.parse(Files.readString(AuditCommand.key(home)).strip());
        List<String> receipts = receipts("verdict");
        long valid = count(receipts, key, Outcome.Valid.class);
        stage.received(
                "%d of %d verdicts are in the log and follow from the rules, to the byte"
                        .formatted(valid, receipts.size()));
        stage.hold(
                valid == receipts.size() && valid > 0,
                "every verdict replays offline to the bytes of the log");
        List<String> turns = receipts("turn");
        long ended = count(turns, key, Outcome.Ended.class);
        stage.received(
                "%d of %d turns: what they used and a digest of all they told are in the log"
                        .formatted(ended, turns.size()));
        stage.hold(ended == turns.size() && ended > 0, "every turn has its receipt");
        Outcome changed =
                Replay.check(
                        withAnotherInput(receipts.getLast()).getBytes(StandardCharsets.UTF_8), key);
        stage.received("one byte of an input changed: " + changed);
        stage.hold(
                changed instanceof Outcome.Invalid(Outcome.Part part, String reason)
                        && part == Outcome.Part.INPUT,
                "a receipt whose input was changed fails, and says that it is the input");
    }

    private long count(List<String> receipts, VerifierKey key, Class<? extends Outcome> expected) {
        long found = 0;
        for (String receipt : receipts) {
            Outcome outcome = Replay.check(receipt.getBytes(StandardCharsets.UTF_8), key);
            if (expected.isInstance(outcome)) {
                found++;
            } else {
                stage.received("not valid: " + outcome);
            }
        }
        return found;
    }

    private List<String> receipts(String type) throws Exception {
        List<String> receipts = new ArrayList<>();
        long cursor = 0;
        long size = 1;
        while (cursor < size) {
            JsonNode page =
                    PlatformClient.require(
                                    "reading the audit log",
                                    connection
                                            .admin()
                                            .get("/v1/audit/entries?limit=1000&cursor=" + cursor))
                            .json();
            for (JsonNode item : page.path("items")) {
                if (item.path("entry").path("tenant").asString("").equals(tenant)
                        && item.path("entry").path("type").asString("").equals(type)) {
                    receipts.add(
                            PlatformClient.require(
                                            "reading a receipt",
                                            connection
                                                    .admin()
                                                    .get(
                                                            "/v1/receipts/%s/%d?tenant=%s"
                                                                    .formatted(
                                                                            page.path("origin")
                                                                                    .asString(),
                                                                            item.path("index")
                                                                                    .asLong(),
                                                                            tenant)))
                                    .body());
                }
            }
            cursor = page.path("next").asLong();
            size = page.path("size").asLong();
        }
        return receipts;
    }

    private static String withAnotherInput(String receipt) {
        ObjectNode changed = (ObjectNode) JsonMapper.shared().readTree(receipt);
        byte[] input = Base64.getDecoder().decode(changed.path("input").asString());
        input[input.length / 2] ^= 1;
        return changed.put("input", Base64.getEncoder().encodeToString(input)).toString();
    }
}
